import { K3dError } from "@k3d/core";
import { globalFlagsLast, lostOutput, reportError } from "@k3d/plugin-kit";
import type { LoadOptions } from "@oclif/core/interfaces";
import { run } from "@oclif/core/run";
import { settings } from "@oclif/core/settings";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { dataDirectory } from "./data-directory.js";
import { singleCommand } from "./single-command.js";

/**
 * Hands the arguments to oclif, which finds, loads and runs the command, and ends the process with
 * the exit code once all output is written.
 *
 * @param cacheDir the user's own directory for what can be found out again
 */
export async function runOclif(argv: string[], bin: string, cacheDir?: string): Promise<void> {
  // Plug-ins are what was built of them, whatever NODE_ENV says: oclif would look for a TypeScript of theirs, and say so.
  settings.enableAutoTranspile = false;
  const args = globalFlagsLast(argv);
  const failed = (error: unknown): number => {
    const { env, stdout, stderr } = process;
    return reportError(error, { argv: args, command: "k3d", env, stdout, stderr });
  };
  // Nobody reads messages any more: no reason to give the work up half-way.
  process.stderr.on("error", () => {});
  // Looked at when the command has ended.
  process.stdout.on("error", () => {});
  let ending: Promise<void> | undefined;
  const end = (code: number): Promise<void> => (ending ??= exit(code));
  process.on("uncaughtException", (error: NodeJS.ErrnoException) => {
    // A stream to a file fails for whoever writes, and once more by itself.
    const lost = error.syscall === "write" ? lostOutput({ errored: error }) : undefined;
    if (ending === undefined) void end(failed(lost ?? error));
  });
  // Nothing is left that could go on: what the command waits for will never come.
  process.once("beforeExit", () => {
    if (ending === undefined) void end(failed(endedTooEarly()));
  });
  let code: number;
  try {
    await run(args, await commandLine(args, bin, cacheDir));
    const lost = lostOutput(process.stdout);
    code = lost ? failed(lost) : Number(process.exitCode ?? 0);
  } catch (error) {
    code = failed(error);
  }
  await end(code);
}

function endedTooEarly(): K3dError {
  return new K3dError("INTERNAL", "The command ended before its work was done", {
    hint: "An answer never came. See what there is with `k3d cluster list`, and try again.",
  });
}

/** What oclif loads the command line from; with the plug-ins, where there may be some. */
async function commandLine(
  args: string[],
  bin: string,
  cacheDir: string | undefined,
): Promise<LoadOptions> {
  const dataDir = dataDirectory(process.env);
  const root = dirname(dirname(bin));
  if (!existsSync(join(dataDir, "package.json"))) return (await singleCommand(args, root)) ?? root;
  const { configWithPlugins } = await import("./plugins/command-line.js");
  return configWithPlugins(args, { root, dataDir, cacheDir });
}

/** Ends the process after standard output failed to take what was written before any command ran. */
export async function endWith(error: unknown, argv: string[]): Promise<void> {
  const { env, stdout, stderr } = process;
  const failure = lostOutput({ errored: error as Error });
  await exit(failure ? reportError(failure, { argv, command: "k3d", env, stdout, stderr }) : 0);
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
