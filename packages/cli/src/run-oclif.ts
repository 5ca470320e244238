import { K3dError } from "@k3d/core";
import { globalFlagsLast, reportError } from "@k3d/plugin-kit";
import { run } from "@oclif/core/run";
import { fileURLToPath } from "node:url";

/**
 * Hands the arguments to oclif, which finds, loads and runs the command, and ends the process with
 * the exit code once all output is written.
 */
export async function runOclif(argv: string[], binUrl: string): Promise<void> {
  const args = globalFlagsLast(argv);
  const failed = (error: unknown): number => {
    const { env, stdout, stderr } = process;
    return reportError(error, { argv: args, command: "k3d", env, stdout, stderr });
  };
  // Nobody reads messages any more: no reason to give the work up half-way.
  process.stderr.on("error", () => {});
  process.once("uncaughtException", (error) => void exit(failed(error)));
  let code: number;
  try {
    await run(args, fileURLToPath(binUrl));
    const lost = lostOutput();
    code = lost ? failed(lost) : Number(process.exitCode ?? 0);
  } catch (error) {
    code = failed(error);
  }
  await exit(code);
}

/** Why standard output did not take the result; a reader that went away had enough of it. */
function lostOutput(): K3dError | undefined {
  const cause: NodeJS.ErrnoException | null = process.stdout.errored;
  if (!cause || cause.code === "EPIPE") return undefined;
  const code = cause.code === "ENOSPC" ? "NO_SPACE" : "INTERNAL";
  return new K3dError(code, `The result cannot be written: ${cause.message}`, { cause });
}

/** Not left to the event loop: a runtime's idle connection must not hold the process. */
async function exit(code: number): Promise<void> {
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
  // oxlint-disable-next-line unicorn/no-process-exit -- the one place where a command ends
  process.exit(code);
}

/** Resolves when everything written to the stream has left the process, or nobody reads it any more. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) resolve();
    else stream.write("", () => resolve());
  });
}
