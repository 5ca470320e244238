import { ApiError } from "../errors.ts";
import type { KubeObject } from "../store/types.ts";
import type { Objects } from "./objects.ts";
import { findResource, type Resource } from "./resources.ts";

const pods = findResource("", "v1", "pods") as Resource;
const budgets = findResource("policy", "v1", "poddisruptionbudgets") as Resource;

interface Selector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** An `Eviction`, as `kubectl drain` posts it. */
export interface Eviction extends KubeObject {
  deleteOptions?: { dryRun?: string[]; preconditions?: { uid?: string; resourceVersion?: string } };
}

function selects(selector: Selector | undefined, pod: KubeObject): boolean {
  const labels = pod.metadata.labels ?? {};
  const has = ({
    key,
    operator,
    values = [],
  }: {
    key: string;
    operator: string;
    values?: string[];
  }) =>
    operator === "Exists"
      ? key in labels
      : operator === "DoesNotExist"
        ? !(key in labels)
        : values.includes(labels[key] ?? "\0") === (operator === "In");
  return (
    Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
    (selector?.matchExpressions ?? []).every(has)
  );
}

/** A count, or a share of `total` such as `50%`, rounded up. */
function amount(value: number | string, total: number): number {
  const share = /^(\d+)%$/.exec(String(value))?.[1];
  return share === undefined ? Number(value) : Math.ceil((Number(share) * total) / 100);
}

/** How many pods of a budget may go now. Every pod that is not being deleted counts as healthy: nothing runs here. */
function allowed(budget: KubeObject, of: KubeObject[]): number {
  const spec = (budget["spec"] ?? {}) as {
    minAvailable?: number | string;
    maxUnavailable?: number | string;
  };
  const healthy = of.filter(({ metadata }) => !metadata.deletionTimestamp).length;
  if (spec.maxUnavailable !== undefined)
    return healthy - (of.length - amount(spec.maxUnavailable, of.length));
  return healthy - amount(spec.minAvailable ?? 1, of.length);
}

/** Deletes a pod unless a disruption budget forbids it now. Throws ApiError 404, 409, 429. */
export async function evict(
  objects: Objects,
  namespace: string,
  name: string,
  eviction: Eviction,
  dryRun: boolean,
): Promise<void> {
  const pod = objects.get(pods, namespace, name);
  const phase = (pod["status"] as { phase?: string } | undefined)?.phase;
  const running = phase !== "Succeeded" && phase !== "Failed";
  for (const budget of objects.list(budgets, namespace)) {
    const { selector } = (budget["spec"] ?? {}) as { selector?: Selector };
    if (!running || !selects(selector, pod)) continue;
    const of = objects.list(pods, namespace).filter((other) => selects(selector, other));
    if (allowed(budget, of) < 1)
      throw new ApiError(
        429,
        "TooManyRequests",
        "Cannot evict pod as it would violate the pod's disruption budget.",
        {
          causes: [
            {
              reason: "DisruptionBudget",
              message: `The disruption budget ${budget.metadata.name} needs ${of.length} healthy pods and has ${of.length} currently`,
            },
          ],
        },
      );
  }
  const { preconditions } = eviction.deleteOptions ?? {};
  await objects.remove(pods, namespace, name, preconditions, dryRun);
}
