import { K3dError } from "../errors/index.js";
import type { ContainerInfo } from "../runtime/containers.js";
import { neverRan } from "./never-ran.js";
import type { ContainerRuntime } from "../runtime/runtime.js";

/** How often a node may be restarted by the engine before it counts as broken. */
export interface RestartTolerance {
  restarts: number;
}

/** A server that starts a cluster has nobody to wait for; one that joins may fail until the others are up. */
export const STRICT: RestartTolerance = { restarts: 2 };
export const JOINING: RestartTolerance = { restarts: 12 };

/**
 * Looks after nodes while something waits for them.
 *
 * A node that ended counts as dead only at the second look without a restart
 * in between: not every engine has a status of its own for the moment before
 * it starts a container again.
 */
export class NodeWatch {
  /** Restart count at which a node was seen ended. */
  private readonly ended = new Map<string, number>();

  constructor(private readonly runtime: ContainerRuntime) {}

  /**
   * @throws `CONTAINER_FAILED` with the node's last words when it ended for
   * good, or was restarted more often than `tolerance` allows; `RUNTIME_ERROR` when it never ran.
   */
  async check(name: string, tolerance: RestartTolerance, signal: AbortSignal): Promise<void> {
    const info = await this.runtime.containers.inspect(name, { signal });
    // One that is waited for was started, if the engine told the truth.
    const ended = ["stopped", "removing", "created"].includes(info.status);
    const endedBefore = this.ended.get(name) === info.restartCount;
    if (ended) this.ended.set(name, info.restartCount);
    else this.ended.delete(name);
    if (info.status === "created" && endedBefore) throw neverRan(name);
    if ((ended && endedBefore) || info.restartCount > tolerance.restarts)
      throw await nodeFailure(this.runtime, info);
  }
}

async function nodeFailure(runtime: ContainerRuntime, info: ContainerInfo): Promise<K3dError> {
  // An engine may log one stream before the other: the reason then stands far above the end.
  const lines = await lastLines(runtime, info.name, LOG_LINES);
  const fatal = lines.findLast((line) => FATAL.test(line));
  const how =
    info.status === "stopped"
      ? `ended with exit code ${info.exitCode ?? "unknown"}`
      : `was restarted ${info.restartCount} times`;
  return new K3dError(
    "CONTAINER_FAILED",
    `Node '${info.name}' ${how}${fatal === undefined ? "" : `: ${messageOf(fatal)}`}`,
    {
      hint: "Check the arguments given to k3s (--k3s-arg), the image and the volumes; --no-rollback keeps the node for a look at its logs.",
      details: {
        node: info.name,
        exitCode: info.exitCode,
        restarts: info.restartCount,
        log: tellingLines(lines),
      },
    },
  );
}

const FATAL = /level=fatal|^FATAL|^F\d{4} |^panic:|Incorrect Usage|flag provided but not defined/i;
/** How many lines of a log are told where some of them say what is wrong, and where none does. */
const TOLD = { fatal: 5, any: 15 };

/** The lines that say why a node ended, each once; without such a line the last ones. */
export function tellingLines(lines: readonly string[]): string[] {
  const fatal = new Map(
    lines.filter((line) => FATAL.test(line)).map((line) => [messageOf(line), line]),
  );
  return fatal.size > 0
    ? [...fatal.values()].slice(-TOLD.fatal)
    : [...new Set(lines.slice(-TOLD.any))];
}

/** How many lines are read to find a telling one: wrong flags bring the whole help. */
export const LOG_LINES = 400;

/** The end of a node's log, as evidence; empty when it cannot be read. */
export async function lastLines(
  runtime: ContainerRuntime,
  name: string,
  count = 15,
): Promise<string[]> {
  const lines: string[] = [];
  try {
    for await (const { line } of runtime.containers.logs(name, {
      tail: count,
      signal: AbortSignal.timeout(5000),
    })) {
      lines.push(line);
    }
  } catch {
    // Evidence only: the failure that it would explain is reported all the same.
  }
  return lines;
}

/** The message of a logrus line (`msg="…"`), or the line itself. */
function messageOf(line: string): string {
  const match = /msg="((?:[^"\\]|\\.)*)"/.exec(line);
  return match?.[1]?.replaceAll('\\"', '"') ?? line;
}
