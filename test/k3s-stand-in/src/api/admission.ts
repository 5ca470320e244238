import { setTimeout as delay } from "node:timers/promises";
import { ApiError } from "../errors.ts";
import type { KubeObject } from "../store/types.ts";
import type { Objects } from "./objects.ts";
import { findResource, type Resource } from "./resources.ts";

const serviceAccounts = findResource("", "v1", "serviceaccounts") as Resource;
/** The API server looks ten times for the account that every namespace gets, because it may just be on its way. */
const lookUps = 10;
const betweenLookUpsMs = 100;

/**
 * Gives a pod its service account, as the API server's admission does. Source: Kubernetes'
 * `plugin/pkg/admission/serviceaccount`. Throws ApiError 403 while there is none.
 */
export async function admitPod(objects: Objects, pod: KubeObject): Promise<void> {
  if (pod.metadata.annotations?.["kubernetes.io/config.mirror"]) return;
  const spec = (pod["spec"] ?? {}) as { serviceAccountName?: string };
  const name = spec.serviceAccountName || "default";
  const { namespace = "" } = pod.metadata;
  for (let look = 1; !objects.find(serviceAccounts, namespace, name); look++) {
    if (name !== "default" || look >= lookUps)
      throw new ApiError(
        403,
        "Forbidden",
        `pods "${pod.metadata.name}" is forbidden: error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`,
        { name: pod.metadata.name, kind: "pods" },
      );
    await delay(betweenLookUpsMs);
  }
  pod["spec"] = { ...spec, serviceAccountName: name, serviceAccount: name };
}
