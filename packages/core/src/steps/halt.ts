import type { CallOptions } from "../runtime/common.js";
import type { ContainerRuntime } from "../runtime/runtime.js";

/**
 * The stop of a container that is to run again, soon or when the operation fails.
 *
 * An engine carries a stop out whose client has gone, seconds later: a container that is seen running
 * after a stop without an answer may end at any moment.
 */
export class Halt {
  readonly #containers: ContainerRuntime["containers"];
  readonly #id: string;
  #unanswered = false;

  constructor({ containers }: Pick<ContainerRuntime, "containers">, id: string) {
    this.#containers = containers;
    this.#id = id;
  }

  async stop(options: CallOptions): Promise<void> {
    this.#unanswered = true;
    await this.#containers.stop(this.#id, options);
    this.#unanswered = false;
  }

  /** Starts the container unless it runs and goes on to. */
  async takeBack(options: CallOptions): Promise<void> {
    // The engine answers when the container is down, whoever asked for it first.
    if (this.#unanswered) await this.stop(options);
    const { status } = await this.#containers.inspect(this.#id, options);
    if (status !== "running") await this.#containers.start(this.#id, options);
  }
}
