import { type CreationState, creationFile } from "../node/creation.js";
import { packFiles } from "../runtime/archive.js";
import type { CallOptions } from "../runtime/common.js";
import type { ContainerRuntime } from "../runtime/runtime.js";

/** Only a cluster that never got here is a half-made one. */
export async function markFinished(
  runtime: ContainerRuntime,
  server: string,
  signal: AbortSignal,
): Promise<void> {
  await place(runtime, server, "finished", [], { signal });
}

/** Milliseconds for a mark that nothing waits for. */
const MARK_MS = 10_000;

/**
 * Marks a cluster whose creation broke off and that is used all the same, as `kept` or, where all of it is there in the
 * end, `finished`. Failing to do so is no failure of the command.
 *
 * @param nodes names of the containers that its creation was to make
 */
export async function markUsed(
  runtime: ContainerRuntime,
  server: string,
  state: Exclude<CreationState, "begun">,
  nodes: readonly string[],
  { signal }: CallOptions = {},
): Promise<void> {
  const limit = AbortSignal.timeout(MARK_MS);
  const both = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  await place(runtime, server, state, nodes, { signal: both }).catch(() => {});
}

async function place(
  runtime: ContainerRuntime,
  server: string,
  state: CreationState,
  nodes: readonly string[],
  options: CallOptions,
): Promise<void> {
  const files = await packFiles([creationFile(state, nodes)]);
  await runtime.containers.putArchive(server, "/", files, options);
}
