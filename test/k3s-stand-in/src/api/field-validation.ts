import { ApiError } from "../errors.ts";
import type { KubeObject } from "../store/types.ts";
import type { Resource } from "./resources.ts";

const always = ["apiVersion", "kind", "metadata", "status"];
const metadataFields = new Set([
  "name",
  "generateName",
  "namespace",
  "selfLink",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "labels",
  "annotations",
  "ownerReferences",
  "finalizers",
  "managedFields",
]);

/** Top-level fields of kinds that have others than `spec` and `status`. */
const topLevel: Record<string, string[]> = {
  ConfigMap: ["data", "binaryData", "immutable"],
  Secret: ["data", "stringData", "immutable", "type"],
  ServiceAccount: ["secrets", "imagePullSecrets", "automountServiceAccountToken"],
  Endpoints: ["subsets"],
  Event: [
    "involvedObject",
    "reason",
    "message",
    "source",
    "firstTimestamp",
    "lastTimestamp",
    "count",
    "type",
    "eventTime",
    "series",
    "action",
    "related",
    "reportingComponent",
    "reportingInstance",
  ],
  StorageClass: [
    "provisioner",
    "parameters",
    "reclaimPolicy",
    "mountOptions",
    "allowVolumeExpansion",
    "volumeBindingMode",
    "allowedTopologies",
  ],
  ClusterRole: ["rules", "aggregationRule"],
  Role: ["rules"],
  ClusterRoleBinding: ["subjects", "roleRef"],
  RoleBinding: ["subjects", "roleRef"],
};

/** The fields that an object of this kind may have at its top. */
export function topLevelFields(kind: string): string[] {
  return [...always, ...(topLevel[kind] ?? ["spec"])];
}

/** With `fieldValidation=Strict`, refuses fields that the kind does not have. Throws ApiError 400. */
export function checkFields(resource: Resource, object: KubeObject, mode: string | null): void {
  if (mode !== "Strict") return;
  const known = new Set(topLevelFields(resource.kind));
  const unknown = [
    ...Object.keys(object).filter((field) => !known.has(field)),
    ...Object.keys(object.metadata ?? {})
      .filter((field) => !metadataFields.has(field))
      .map((field) => `metadata.${field}`),
  ];
  if (unknown.length === 0) return;
  const list = unknown.map((field) => `unknown field ${JSON.stringify(field)}`).join(", ");
  throw new ApiError(
    400,
    "BadRequest",
    `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: strict decoding error: ${list}`,
  );
}
