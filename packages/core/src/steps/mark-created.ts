import { creationFile } from "../node/creation.js";
import { packFiles } from "../runtime/archive.js";
import type { CallOptions } from "../runtime/common.js";
import type { ContainerRuntime } from "../runtime/runtime.js";

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
export async function markKept(
  runtime: ContainerRuntime,
  server: string,
  { signal }: CallOptions = {},
): Promise<void> {
  const limit = AbortSignal.timeout(MARK_MS);
  const both = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  await markFinished(runtime, server, both).catch(() => {});
}
