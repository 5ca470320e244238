import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { K3dError } from "@k3d/core";
import { execa } from "execa";

/** Standard error of this process: what programs tell goes there, standard output being for results. */
const STDERR = 2;

/** Whether a program is there and succeeds with these arguments. */
export async function runs(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  const { failed } = await execa(program, args, {
    reject: false,
    stdio: "ignore",
    cancelSignal: signal,
  });
  return !failed;
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
  const result = await execa(program, args, {
    reject: false,
    stdio: ["ignore", STDERR, STDERR],
    cancelSignal: signal,
  });
  if (signal.aborted) throw new K3dError("ABORTED", `${program} was interrupted`);
  if (result.failed) throw failure(program, args, result.exitCode);
}

/** Standard output of a program; it fails with `COMMAND_FAILED` when the program does. */
export function outputOf(program: string, args: readonly string[], signal: AbortSignal): Readable {
  const running = execa(program, args, {
    reject: false,
    buffer: false,
    stdio: ["ignore", "pipe", STDERR],
    cancelSignal: signal,
  });
  const output = new PassThrough();
  void (async () => {
    try {
      await pipeline(running.stdout, output, { end: false });
      const { failed, exitCode } = await running;
      if (failed) output.destroy(failure(program, args, exitCode));
      else output.end();
    } catch (error) {
      output.destroy(error as Error);
    }
  })();
  return output;
}

function failure(program: string, args: readonly string[], exitCode: number | undefined): K3dError {
  return new K3dError(
    "COMMAND_FAILED",
    `${program} ${args[0] ?? ""} failed${exitCode === undefined ? "" : ` with exit code ${exitCode}`}`,
    { hint: "See what it told above.", details: { exitCode } },
  );
}
