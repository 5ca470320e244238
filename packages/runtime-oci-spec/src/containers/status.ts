import type { ContainerStatus, RestartPolicy } from "@k3d/core/runtime";
import { isSameProcess } from "../host/processes.ts";
import type { ContainerState } from "../store/records.ts";
import type { LiveContainer } from "../engine/runtime-program.ts";

export interface ObservedStatus {
  status: ContainerStatus;
  /** Its process has ended and its monitor still works on the consequences. */
  settling: boolean;
}

/** What a container does, by the runtime's word first, then by what was written down about it. */
export async function observe(
  state: ContainerState,
  live: LiveContainer | undefined,
  policy: RestartPolicy | undefined,
): Promise<ObservedStatus> {
  const settled = (status: ContainerStatus): ObservedStatus => ({ status, settling: false });
  if (state.phase === "removing") return settled("removing");
  if (live?.status === "running") return settled("running");
  if (live?.status === "paused" || live?.status === "pausing") return settled("paused");
  if ((live?.status === "created" || live?.status === "creating") && state.restarter === undefined)
    return settled("created");
  if (state.phase === "stopped") return settled("stopped");
  if (state.phase !== "running") {
    const restarts = state.restarter !== undefined && (await isSameProcess(state.restarter));
    if (restarts) return settled("restarting");
    return settled(state.startedAt === undefined ? "created" : "stopped");
  }
  const settling = state.monitor !== undefined && (await isSameProcess(state.monitor));
  const willRestart = settling && !state.stopRequested && mayRestart(policy, state.restartCount);
  return { status: willRestart ? "restarting" : "stopped", settling };
}

/** Whether the policy restarts a container that ended, as far as it can be told without its exit code. */
function mayRestart(policy: RestartPolicy | undefined, restartCount: number): boolean {
  return shouldRestart(policy, { exitCode: 1, restartCount, stopRequested: false });
}

export function shouldRestart(
  policy: RestartPolicy | undefined,
  {
    exitCode,
    restartCount,
    stopRequested,
  }: { exitCode: number; restartCount: number; stopRequested: boolean },
): boolean {
  if (stopRequested) return false;
  switch (policy?.name) {
    case "always":
    case "unless-stopped":
      return true;
    case "on-failure":
      return (
        exitCode !== 0 && (!policy.maximumRetryCount || restartCount < policy.maximumRetryCount)
      );
    default:
      return false;
  }
}

const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 60_000;
/** A run of this length counts as a success, after which waiting starts anew. */
const STEADY_RUN_MS = 10_000;

/** Milliseconds before the next restart: 100, doubled each time up to a minute, as with Docker. */
export function nextBackoff(previous: number, ranForMs: number): number {
  if (previous === 0 || ranForMs >= STEADY_RUN_MS) return FIRST_BACKOFF_MS;
  return Math.min(previous * 2, MAX_BACKOFF_MS);
}
