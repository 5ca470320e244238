import { randomUUID } from "node:crypto";
import { packFiles } from "../execute/archive.js";
import { readContainerFile } from "../execute/container-file.js";
import type { PlannedFile } from "../plan/cluster-plan.js";
import type { CallOptions } from "../runtime/common.js";
import type { ContainerRuntime } from "../runtime/runtime.js";
import type { ProcessIdentity } from "../services/tokens.js";

/** In the first server: how far the creation of its cluster came. */
const CREATION_PATH = "/etc/k3d/creation";

type CreationState = "begun" | "finished";

/** The value of the label `k3d.cluster.id`: random, and where it can be told the process that makes the cluster. */
export function newClusterId(process: ProcessIdentity | undefined): string {
  return process === undefined ? randomUUID() : `${randomUUID()}@${process.id}`;
}

/** Id of the process that made the objects with this cluster id. */
export function creatorOf(clusterId: string | undefined): string | undefined {
  return clusterId?.split("@")[1];
}

/** Placed in the first server before its first start. */
export function creationFile(state: CreationState): PlannedFile {
  return {
    path: CREATION_PATH,
    content: `${state}\n`,
    mode: 0o644,
    description: "state of the cluster's creation",
  };
}

/** Only a cluster that never got here is a half-made one. */
export async function markFinished(
  runtime: ContainerRuntime,
  server: string,
  signal: AbortSignal,
): Promise<void> {
  await runtime.containers.putArchive(server, "/", await packFiles([creationFile("finished")]), {
    signal,
  });
}

/** Milliseconds for a mark that nothing waits for. */
const MARK_MS = 10_000;

/**
 * Marks a cluster that was to be kept although its creation failed, or that somebody started later:
 * it is theirs, however far the creation came. Failing to do so is no failure of the command.
 */
export async function markKept(runtime: ContainerRuntime, server: string): Promise<void> {
  await markFinished(runtime, server, AbortSignal.timeout(MARK_MS)).catch(() => {});
}

/** Whether the creation of this first server's cluster ended before its last step; `false` for clusters that do not tell. */
export async function isHalfMade(
  runtime: ContainerRuntime,
  server: string,
  options: CallOptions,
): Promise<boolean> {
  const state = await readContainerFile(runtime, server, CREATION_PATH, options);
  return state?.trim() === "begun";
}
