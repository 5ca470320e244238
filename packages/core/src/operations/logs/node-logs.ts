import { isK3dError, throwIfAborted } from "../../errors/index.js";
import type { Clock } from "../../model/clock.js";
import type { LogEntry } from "../../runtime/containers.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import type { OperationOptions } from "../options.js";
import { inOrder, mergeLive } from "./merge.js";

/** A node whose log is read. */
export interface LoggingNode {
  id: string;
  name: string;
}

export interface NodeLogOptions extends OperationOptions {
  /** Go on with what comes, until all nodes have ended or the signal aborts, which is no error then. Default `false`. */
  follow?: boolean;
  /** Only lines at or after this moment. */
  since?: Date;
  /** Only the last so many lines of each node. */
  tail?: number;
}

/** A line with the name of its node. */
export interface NodeLogEntry extends LogEntry {
  node: string;
}

export interface LogDeps {
  runtime: ContainerRuntime;
  clock: Clock;
}

/**
 * The lines of all nodes, in the order of their time as far as they are there; what comes while they
 * are followed, as it comes. A node that the engine starts again is followed further. Nothing is
 * held in memory but one line of each node.
 */
export async function* nodeLogs(
  { runtime, clock }: LogDeps,
  nodes: readonly LoggingNode[],
  { signal, follow = false, since, tail }: NodeLogOptions = {},
): AsyncGenerator<NodeLogEntry> {
  const call = { signal };
  const logs = nodes.map((node) => new NodeLog(node, runtime, clock, { since, tail }));
  try {
    yield* inOrder(logs.map((log) => log.history(call)));
  } catch (error) {
    if (follow && signal?.aborted) return;
    throw error;
  }
  if (follow) yield* mergeLive((ending) => logs.map((log) => log.live(ending)), signal);
}

/** Between two looks at a container whose log came to an end, in milliseconds. */
const PAUSE_MS = 500;

/** The log of one node, read on from where it was read to. */
class NodeLog {
  /** Time of the last line in milliseconds, and how many lines were of that time. */
  #last: { time: number; count: number } | undefined;

  constructor(
    private readonly node: LoggingNode,
    private readonly runtime: ContainerRuntime,
    private readonly clock: Clock,
    private readonly from: Pick<NodeLogOptions, "since" | "tail">,
  ) {}

  async *history(options: OperationOptions): AsyncGenerator<NodeLogEntry> {
    yield* this.#read({ ...options, follow: false });
  }

  /** Ends when the container does for good. */
  async *live(signal: AbortSignal): AsyncGenerator<NodeLogEntry> {
    for (let ended = 0; ended < 2 && !signal.aborted;) {
      yield* this.#read({ signal, follow: true });
      if (signal.aborted || (await this.#isGone(signal))) return;
      // Not every engine has a status for the moment before it starts a container again.
      ended = (await this.#runs(signal)) ? 0 : ended + 1;
      if (ended < 2) await this.clock.sleep(PAUSE_MS, signal).catch(() => {});
    }
  }

  async *#read(options: { follow: boolean; signal?: AbortSignal }): AsyncGenerator<NodeLogEntry> {
    const last = this.#last;
    const from = last === undefined ? this.from : { since: new Date(last.time) };
    let known = last?.count ?? 0;
    let again = last !== undefined;
    const { since, tail } = from as NodeLogOptions;
    const entries = this.runtime.containers.logs(this.node.id, {
      ...options,
      since,
      tail,
      timestamps: true,
    });
    try {
      for await (const entry of entries) {
        const time = entry.timestamp?.getTime() ?? 0;
        if (again && last !== undefined && time <= last.time) {
          if (time < last.time || known-- > 0) continue;
        } else {
          again = false;
        }
        this.#note(time);
        yield { ...entry, node: this.node.name };
      }
    } catch (error) {
      if (options.signal?.aborted || !isK3dError(error, "NOT_FOUND")) throw error;
    }
  }

  #note(time: number): void {
    if (this.#last === undefined || time > this.#last.time) this.#last = { time, count: 1 };
    else if (time === this.#last.time) this.#last.count += 1;
  }

  async #isGone(signal: AbortSignal): Promise<boolean> {
    return (await this.#status(signal)) === undefined;
  }

  async #runs(signal: AbortSignal): Promise<boolean> {
    const status = await this.#status(signal);
    return status !== undefined && status !== "stopped" && status !== "created";
  }

  async #status(signal: AbortSignal): Promise<string | undefined> {
    try {
      return (await this.runtime.containers.inspect(this.node.id, { signal })).status;
    } catch (error) {
      throwIfAborted(signal);
      if (isK3dError(error, "NOT_FOUND")) return undefined;
      throw error;
    }
  }
}
