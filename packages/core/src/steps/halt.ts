import type { CallOptions } from "../runtime/common.js";
import type { ContainerRuntime } from "../runtime/runtime.js";
import { stopNode, type StoppedNode } from "./stop-node.js";

/**
 * The stop of a container that is to run again, soon or when the operation fails.
 *
 * An engine carries a stop out whose client has gone, seconds later: a container that is seen running
 * after a stop without an answer may end at any moment.
 */
export class Halt {
  readonly #runtime: Pick<ContainerRuntime, "containers">;
  readonly #node: StoppedNode;
  #unanswered = false;

  constructor(runtime: Pick<ContainerRuntime, "containers">, node: StoppedNode) {
    this.#runtime = runtime;
    this.#node = node;
  }

  async stop(options: CallOptions): Promise<void> {
    this.#unanswered = true;
    await stopNode(this.#node, this.#runtime, options);
    this.#unanswered = false;
  }

  /** Starts the container unless it runs and goes on to. */
  async takeBack(options: CallOptions): Promise<void> {
    // The engine answers when the container is down, whoever asked for it first.
    if (this.#unanswered) await this.stop(options);
    const { containers } = this.#runtime;
    const { status } = await containers.inspect(this.#node.id, options);
    if (status !== "running") await containers.start(this.#node.id, options);
  }
}
