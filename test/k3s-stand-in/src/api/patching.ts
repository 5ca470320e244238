import type { IncomingMessage } from "node:http";
import { ApiError } from "../errors.ts";
import type { KubeObject } from "../store/types.ts";
import { applied } from "./apply.ts";
import { checkFields } from "./field-validation.ts";
import type { Objects } from "./objects.ts";
import { jsonPatch, mergePatch, strategicMergePatch } from "./patch.ts";
import { mediaType, readObject, type Target } from "./request.ts";
import { isDryRun } from "./respond.ts";

type Change = (current: KubeObject) => KubeObject;

function changeOf(type: string, patch: unknown): Change {
  if (type === "application/json-patch+json")
    return (current) => jsonPatch(current, patch as Parameters<typeof jsonPatch>[1]) as KubeObject;
  if (type === "application/merge-patch+json")
    return (current) => mergePatch(current, patch) as KubeObject;
  if (type === "application/strategic-merge-patch+json")
    return (current) => strategicMergePatch(current, patch) as KubeObject;
  throw new ApiError(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format: ${type}`,
  );
}

/** Keeps a patch of the main resource away from the status, and one of `/status` away from the rest. */
function confined(target: Target, change: Change): Change {
  if (!target.resource.status) return change;
  return (current) => {
    const next = change(current);
    if (target.subresource === "status") {
      const { labels, annotations, resourceVersion } = next.metadata;
      const metadata = {
        ...current.metadata,
        ...(labels ? { labels } : {}),
        ...(annotations ? { annotations } : {}),
        ...(resourceVersion ? { resourceVersion } : {}),
      };
      return { ...current, status: next["status"], metadata };
    }
    return current["status"] === undefined ? next : { ...next, status: current["status"] };
  };
}

/** Patches an object; an apply patch creates it where it is missing. */
export async function applyPatch(
  objects: Objects,
  request: IncomingMessage,
  url: URL,
  target: Target,
  name: string,
): Promise<{ object: KubeObject; created: boolean }> {
  const { resource } = target;
  const namespace = target.namespace ?? "";
  const type = mediaType(request);
  const patch = await readObject(request);
  if (type !== "application/apply-patch+yaml") {
    const object = await objects.update(
      resource,
      namespace,
      name,
      confined(target, changeOf(type, patch)),
      isDryRun(url),
    );
    return { object, created: false };
  }
  const manager = url.searchParams.get("fieldManager");
  if (!manager)
    throw new ApiError(
      422,
      "Invalid",
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  const body = patch as KubeObject;
  checkFields(resource, body, url.searchParams.get("fieldValidation"));
  const force = url.searchParams.get("force") === "true";
  if (!objects.find(resource, namespace, name)) {
    const first = applied(
      undefined,
      { ...body, metadata: { ...body.metadata, name } },
      manager,
      force,
    );
    return {
      object: await objects.create(resource, namespace, first, isDryRun(url)),
      created: true,
    };
  }
  const change = confined(target, (current) => applied(current, body, manager, force));
  return {
    object: await objects.update(resource, namespace, name, change, isDryRun(url)),
    created: false,
  };
}
