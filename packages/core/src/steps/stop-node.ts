import type { NodeView } from "../node/views.js";
import type { CallOptions } from "../runtime/common.js";
import { exec } from "../runtime/run-command.js";
import type { ContainerRuntime } from "../runtime/runtime.js";

/** Milliseconds after which an agent that still runs is told again: others end within half a second. */
const PATIENCE_MS = 3000;

/** An init process passes it on, and without one k3s is the first process itself. */
const TELL_AGAIN = ["kill", "-TERM", "1"];

/** What is known of a node that is to stop. */
export type StoppedNode = Pick<NodeView, "id" | "role">;

/**
 * Stops the container of a node. An agent that takes long is told a second time, at which k3s ends at
 * once: one that is stopped seconds after it registered can wait for its network for ever, until the
 * engine kills it at the end of the time that k3s is given. A server has all of that time, for its
 * datastore.
 */
export async function stopNode(
  { id, role }: StoppedNode,
  runtime: Pick<ContainerRuntime, "containers">,
  options: CallOptions,
): Promise<void> {
  if (role !== "agent") return runtime.containers.stop(id, options);
  const timer = setTimeout(() => {
    // Where the engine lets nothing in that it is stopping, it ends as late as before.
    exec(runtime, id, TELL_AGAIN, options).catch(() => {});
  }, PATIENCE_MS);
  try {
    await runtime.containers.stop(id, options);
  } finally {
    clearTimeout(timer);
  }
}
