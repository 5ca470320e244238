import { PassThrough, type Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { isK3dError, K3dError, toK3dError } from "@k3d/core/runtime";
import { keepText, type RunningCommand } from "./cli.js";
import { failure, type FailureContext } from "./failure.js";

/** Standard output of a command: ends when it succeeded, fails with its error, and ends it when destroyed. */
export function outputOf(running: RunningCommand, context: FailureContext): Readable {
  const output = new PassThrough();
  const stderr = keepText(running.stderr);
  running.stdin.end();
  running.stdout.pipe(output, { end: false });
  running.stdout.on("error", () => {});
  output.once("close", () => running.kill());
  const ended = finished(running.stdout, { error: false }).catch(() => {});
  Promise.all([running.exitCode, ended]).then(
    ([exitCode]) => {
      if (exitCode === 0) output.end();
      else output.destroy(failure({ exitCode, stdout: "", stderr: stderr() }, context, []));
    },
    (error: unknown) => output.destroy(toK3dError(error)),
  );
  return output;
}

/** Waits until there is something to read, or the stream has ended. @throws the stream's error */
export async function firstByte(stream: Readable): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const settle = (error?: Error): void => {
      stream.off("readable", done).off("end", done).off("error", settle);
      if (error === undefined) resolve();
      else reject(error);
    };
    const done = (): void => settle();
    stream.on("readable", done).on("end", done).on("error", settle);
  });
}

/** Feeds a stream to a command. @returns what it prints @throws `INVALID_INPUT` when the stream breaks */
export async function feed(
  running: RunningCommand,
  input: Readable,
  context: FailureContext,
): Promise<string> {
  const stderr = keepText(running.stderr);
  const stdout = keepText(running.stdout);
  const broken = (): void => {
    if (!input.readableEnded) running.kill();
  };
  input.on("error", broken);
  input.once("close", broken);
  if (input.destroyed) broken();
  else input.pipe(running.stdin);
  try {
    const exitCode = await running.exitCode.catch((error: unknown) => {
      throw inputError(input, context) ?? error;
    });
    const failed = inputError(input, context);
    if (failed !== undefined) throw failed;
    if (exitCode !== 0)
      throw failure({ exitCode, stdout: stdout(), stderr: stderr() }, context, []);
    return stdout();
  } finally {
    input.destroy();
  }
}

function inputError(input: Readable, { action }: FailureContext): Error | undefined {
  const { errored } = input;
  if (isK3dError(errored)) return errored;
  if (errored)
    return new K3dError("INVALID_INPUT", `Cannot ${action}: ${errored.message}`, {
      cause: errored,
    });
  return input.destroyed && !input.readableEnded
    ? new K3dError("INVALID_INPUT", `Cannot ${action}: the data ended before it was complete`)
    : undefined;
}
