import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { K3dError } from "@k3d/core";

/** Standard error of this process: what programs tell goes there, standard output being for results. */
const STDERR = 2;

/** Whether a program is there and succeeds with these arguments. */
export async function runs(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return (await exitCodeOf(spawn(program, args, { stdio: "ignore", signal }))) === 0;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/**
 * Runs a program whose output people see as it comes.
 *
 * @throws K3dError `COMMAND_FAILED`, `ABORTED`
 */
export async function show(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const running = spawn(program, args, { stdio: ["ignore", STDERR, STDERR], signal });
  await succeeded(running, program, args, signal);
}

/** Standard output of a program; it fails with `COMMAND_FAILED` when the program does. */
export function outputOf(program: string, args: readonly string[], signal: AbortSignal): Readable {
  const running = spawn(program, args, { stdio: ["ignore", "pipe", STDERR], signal });
  const output = new PassThrough();
  const done = succeeded(running, program, args, signal);
  void (async () => {
    try {
      await Promise.all([pipeline(running.stdout as Readable, output, { end: false }), done]);
      output.end();
    } catch (error) {
      output.destroy(error as Error);
    }
  })();
  return output;
}

async function succeeded(
  running: ChildProcess,
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const exitCode = await exitCodeOf(running).catch((error: Error) => {
    if (signal.aborted) throw new K3dError("ABORTED", `${program} was interrupted`);
    throw new K3dError("COMMAND_FAILED", `${program} cannot be run: ${error.message}`, {
      cause: error,
    });
  });
  if (exitCode === 0) return;
  if (signal.aborted) throw new K3dError("ABORTED", `${program} was interrupted`);
  throw new K3dError("COMMAND_FAILED", `${program} ${args[0] ?? ""} failed`, {
    hint: "See its output above.",
    details: { command: [program, ...args], exitCode },
  });
}

async function exitCodeOf(running: ChildProcess): Promise<number | null> {
  const [code] = (await once(running, "close")) as [number | null];
  return code;
}
