import { execute } from "@oclif/core/execute";

/** Hands the arguments to oclif, which finds, loads and runs the command and sets the exit code. */
export async function runOclif(argv: string[], binUrl: string): Promise<void> {
  await execute({ args: argv, dir: binUrl });
}
