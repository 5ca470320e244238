import { globalFlagsLast, reportError } from "@k3d/plugin-kit";
import { run } from "@oclif/core/run";
import { fileURLToPath } from "node:url";

/**
 * Hands the arguments to oclif, which finds, loads and runs the command, and ends the process with
 * the exit code once all output is written.
 */
export async function runOclif(argv: string[], binUrl: string): Promise<void> {
  const args = globalFlagsLast(argv);
  let code: number;
  try {
    await run(args, fileURLToPath(binUrl));
    code = Number(process.exitCode ?? 0);
  } catch (error) {
    const { env, stdout, stderr } = process;
    code = reportError(error, { argv: args, command: commandWords(args), env, stdout, stderr });
  }
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
  // Not left to the event loop: a runtime's idle connection must not hold the command back.
  // oxlint-disable-next-line unicorn/no-process-exit -- the one place where the CLI ends
  process.exit(code);
}

/** The words of the command for "See … --help": everything up to the first flag. */
function commandWords(args: readonly string[]): string {
  const end = args.findIndex((arg) => arg.startsWith("-"));
  const words = end === -1 ? args : args.slice(0, end);
  return ["k3d", ...words.slice(0, 2)].join(" ");
}

/** Resolves when everything written to the stream has left the process, or nobody reads it any more. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) resolve();
    else stream.write("", () => resolve());
  });
}
