import { randomUUID } from "node:crypto";
import { abortable, abortError } from "../../errors/index.js";
import { eachLine } from "../../files/each-line.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";

export interface NodeCommand {
  /** Name or id of the container. */
  node: string;
  /** For `sh -c`. */
  command: string;
  env: Readonly<Record<string, string>>;
  onLine(line: string): void;
  signal: AbortSignal;
}

/** Milliseconds for ending what a command left running. */
const END_MS = 10_000;

/**
 * Runs a command in a node. @returns its exit code.
 *
 * Engines let a process go on whose caller has gone, so at an abort all that carries this run's mark is
 * killed.
 *
 * @throws `ABORTED`, and what the engine fails with.
 */
export async function runInNode(
  runtime: ContainerRuntime,
  { node, command, env, onLine, signal }: NodeCommand,
): Promise<number> {
  const mark = `K3D_HOOK_RUN=${randomUUID()}`;
  const work = async (): Promise<number> => {
    const running = await runtime.containers.exec(node, {
      args: ["/bin/sh", "-c", command],
      env: [...Object.entries(env).map(([name, value]) => `${name}=${value}`), mark],
      signal,
    });
    const [exitCode] = await Promise.all([
      running.exitCode,
      eachLine(running.stdout, onLine),
      eachLine(running.stderr, onLine),
    ]);
    return exitCode;
  };
  try {
    return await abortable(work(), signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    await endMarked(runtime, node, mark);
    throw abortError(signal);
  }
}

/** Kills every process of the container that has the mark in its environment. Failing at it is no failure. */
async function endMarked(runtime: ContainerRuntime, node: string, mark: string): Promise<void> {
  const script = `for p in /proc/[0-9]*; do if grep -q "$1" "$p/environ" 2>/dev/null; then kill -9 "\${p#/proc/}" 2>/dev/null; fi; done; true`;
  const signal = AbortSignal.timeout(END_MS);
  const ending = async (): Promise<void> => {
    const running = await runtime.containers.exec(node, {
      args: ["/bin/sh", "-c", script, "sh", mark],
      signal,
    });
    running.stdout.resume();
    running.stderr.resume();
    await running.exitCode;
  };
  await abortable(ending(), signal).catch(() => {});
}
