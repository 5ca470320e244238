import { ApiError } from "../errors.ts";
import type { KubeObject } from "../store/types.ts";
import { qualifiedName, type Resource } from "./resources.ts";

function invalid(resource: Resource, name: string, field: string, problem: string): ApiError {
  const message = `${resource.kind}${resource.group ? `.${resource.group}` : ""} "${name}" is invalid: ${field}: ${problem}`;
  return new ApiError(422, "Invalid", message, {
    name,
    kind: resource.kind,
    causes: [{ reason: "FieldValueInvalid", message: problem, field }],
  });
}

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

function checkName(resource: Resource, object: KubeObject): void {
  const { name } = object.metadata;
  if (!name)
    throw invalid(
      resource,
      "",
      "metadata.name",
      "Required value: name or generateName is required",
    );
  if (resource.group === "rbac.authorization.k8s.io") return;
  const pattern =
    resource.plural === "namespaces" || resource.plural === "services" ? label : subdomain;
  if (!pattern.test(name) || name.length > 253) {
    throw invalid(
      resource,
      name,
      "metadata.name",
      `Invalid value: ${JSON.stringify(name)}: a lowercase RFC 1123 ${pattern === label ? "label" : "subdomain"} must consist of lower case alphanumeric characters, '-'${pattern === label ? "" : " or '.'"}, and must start and end with an alphanumeric character`,
    );
  }
}

function checkLabels(resource: Resource, object: KubeObject): void {
  for (const [key, value] of Object.entries(object.metadata.labels ?? {})) {
    if (typeof value !== "string")
      throw new ApiError(
        400,
        "BadRequest",
        `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: json: cannot unmarshal ${typeof value} into Go struct field ObjectMeta.metadata.labels of type string`,
      );
    if (!/^([a-z0-9A-Z.-]+\/)?[a-z0-9A-Z]([-a-z0-9A-Z_.]{0,61}[a-z0-9A-Z])?$/.test(key))
      throw invalid(
        resource,
        object.metadata.name,
        "metadata.labels",
        `Invalid value: ${JSON.stringify(key)}: a qualified name must consist of alphanumeric characters, '-', '_' or '.'`,
      );
    if (!/^([a-z0-9A-Z]([-a-z0-9A-Z_.]{0,61}[a-z0-9A-Z])?)?$/.test(value))
      throw invalid(
        resource,
        object.metadata.name,
        "metadata.labels",
        `Invalid value: ${JSON.stringify(value)}: a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.'`,
      );
  }
}

function foldStringData(object: KubeObject): void {
  const text = object["stringData"] as Record<string, string> | undefined;
  if (!text) return;
  const encoded = Object.entries(text).map(([key, value]) => [
    key,
    Buffer.from(value).toString("base64"),
  ]);
  object["data"] = { ...(object["data"] as object | undefined), ...Object.fromEntries(encoded) };
  delete object["stringData"];
}

function checkMap(resource: Resource, object: KubeObject, field: string): void {
  const map = object[field];
  if (map === undefined || map === null) return;
  for (const [key, value] of Object.entries(map)) {
    if (typeof value !== "string")
      throw new ApiError(
        400,
        "BadRequest",
        `${resource.kind} in version "v1" cannot be handled as a ${resource.kind}: json: cannot unmarshal ${typeof value} into Go struct field ${resource.kind}.${field} of type string`,
      );
    if (!/^[-._a-zA-Z0-9]+$/.test(key))
      throw invalid(
        resource,
        object.metadata.name,
        `${field}[${key}]`,
        `Invalid value: ${JSON.stringify(key)}: a valid config key must consist of alphanumeric characters, '-', '_' or '.'`,
      );
  }
}

function checkImmutable(
  resource: Resource,
  object: KubeObject,
  before: KubeObject | undefined,
): void {
  if (!before?.["immutable"]) return;
  if (JSON.stringify(before["data"]) !== JSON.stringify(object["data"]))
    throw new ApiError(
      422,
      "Invalid",
      `${qualifiedName(resource)} "${object.metadata.name}" is invalid: data: Forbidden: field is immutable when \`immutable\` is set`,
    );
}

/** A cordoned node has a taint that says so, which the node controller keeps. */
function taintCordoned(node: KubeObject): void {
  const spec = node["spec"] as {
    unschedulable?: boolean;
    taints?: { key: string; effect: string; timeAdded?: string }[];
  };
  const key = "node.kubernetes.io/unschedulable";
  const others = (spec.taints ?? []).filter((taint) => taint.key !== key);
  const tainted = others.length !== (spec.taints ?? []).length;
  if (tainted === Boolean(spec.unschedulable)) return;
  const timeAdded = `${new Date().toISOString().slice(0, 19)}Z`;
  spec.taints = spec.unschedulable ? [...others, { key, effect: "NoSchedule", timeAdded }] : others;
}

/** No pod is placed on a new node before it is Ready, as the admission `TaintNodesByCondition` has it. */
function taintNewNode(node: KubeObject): void {
  const spec = node["spec"] as { taints?: { key: string; effect: string }[] };
  const notReady = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };
  const has = spec.taints?.some(
    ({ key, effect }) => key === notReady.key && effect === notReady.effect,
  );
  if (!has) spec.taints = [...(spec.taints ?? []), notReady];
}

/** Defaults and checks an object before it is written. Throws ApiError 400 or 422. */
export function prepare(resource: Resource, object: KubeObject, before?: KubeObject): void {
  if (!before) checkName(resource, object);
  checkLabels(resource, object);
  if (resource.plural === "secrets" && resource.group === "") {
    foldStringData(object);
    object["type"] ??= "Opaque";
    checkMap(resource, object, "data");
    checkImmutable(resource, object, before);
  }
  if (resource.plural === "configmaps") {
    checkMap(resource, object, "data");
    checkImmutable(resource, object, before);
  }
  if (resource.plural === "namespaces") {
    object["spec"] ??= { finalizers: ["kubernetes"] };
    object["status"] ??= { phase: "Active" };
    object.metadata.labels = {
      ...object.metadata.labels,
      "kubernetes.io/metadata.name": object.metadata.name,
    };
  }
  if (resource.plural === "pods") object["status"] ??= { phase: "Pending" };
  if (resource.plural === "nodes" && resource.group === "") {
    object["spec"] ??= {};
    if (!before) taintNewNode(object);
    taintCordoned(object);
  }
}
