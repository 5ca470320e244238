import type { HookMoment, LifecycleOperation } from "../../model/moments.js";
import type { NodeView } from "../../node/views.js";
import type { PayloadOf } from "../../lifecycle/hooks.js";

/** A moment that has come. */
export interface LifecycleEvent<Moment extends HookMoment = HookMoment> {
  moment: Moment;
  payload: PayloadOf<Moment>;
  /** The cluster's nodes at this moment. */
  nodes(signal: AbortSignal): Promise<readonly NodeView[]>;
}

const UNDONE: Readonly<Record<LifecycleOperation, (cluster: string) => string>> = {
  create: (cluster) => `Cluster '${cluster}' is not created`,
  start: (cluster) => `Cluster '${cluster}' is not started`,
  stop: (cluster) => `Cluster '${cluster}' is not stopped`,
  delete: (cluster) => `Cluster '${cluster}' is not deleted`,
  import: (cluster) => `Nothing is imported into cluster '${cluster}'`,
};

const DONE: Readonly<Record<LifecycleOperation, (cluster: string) => string>> = {
  // What was made is taken back.
  create: UNDONE.create,
  start: (cluster) => `Cluster '${cluster}' was started, but something is missing`,
  stop: (cluster) => `Cluster '${cluster}' was stopped, but something is missing`,
  delete: (cluster) => `Cluster '${cluster}' was deleted, but something is missing`,
  import: (cluster) => `The images are in cluster '${cluster}', but something is missing`,
};

/** What came of the operation, for the message of a hook that failed or said no. */
export function outcomeText({ moment, payload: { cluster } }: LifecycleEvent): string {
  const [side, operation] = moment.split("-", 2) as ["before" | "after", LifecycleOperation];
  return (side === "before" ? UNDONE : DONE)[operation](cluster);
}

/** The code of such a failure. */
export const failureCode = (moment: HookMoment): "HOOK_REFUSED" | "HOOK_FAILED" =>
  moment.startsWith("before-") ? "HOOK_REFUSED" : "HOOK_FAILED";
