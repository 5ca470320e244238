import { SetupError } from "./setup-error.ts";

/** Prints one line of progress. Results of the set-up scripts are files and exit codes. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Prints one line about something the developer should know, without failing. */
export function warn(line: string): void {
  process.stderr.write(`warning: ${line}\n`);
}

/**
 * Runs the body of a script. A SetupError becomes one message with its hint and exit code 1;
 * anything else is a defect and keeps its stack trace.
 */
export async function runScript(body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    process.exitCode = 1;
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    if (error.hint !== undefined) process.stderr.write(`hint: ${error.hint}\n`);
  }
}
