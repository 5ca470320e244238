import { PassThrough, Transform, type Readable, type TransformCallback } from "node:stream";
import { finished } from "node:stream/promises";
import { isK3dError, K3dError } from "@k3d/core/runtime";
import { failureError, type FailureContext } from "./failure.js";
import type { RunningCommand } from "./running-command.js";

/** Passes bytes on and keeps the last of them as text. */
export class TextTail extends Transform {
  #kept = Buffer.alloc(0);
  readonly #size: number;

  /** @param size bytes to keep. */
  constructor(size: number) {
    super();
    this.#size = size;
  }

  get text(): string {
    return this.#kept.toString();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#kept = Buffer.concat([this.#kept, chunk]).subarray(-this.#size);
    done(undefined, chunk);
  }
}

/** Pipes `source` into `target`, which ends when `source` is over in whatever way. */
export function endWith(source: Readable, target: Transform): Readable {
  source.once("error", () => target.end());
  source.once("close", () => target.end());
  source.pipe(target);
  return target;
}

/**
 * Standard output of a command as a stream that ends only when the command
 * succeeded, and fails with its error otherwise. Destroying it ends the command.
 */
export function outputOf(running: RunningCommand, context: FailureContext): Readable {
  const output = new PassThrough();
  running.stdin.end();
  running.stderr.resume();
  running.stdout.pipe(output, { end: false });
  output.once("close", () => running.kill());
  Promise.all([running.ended, finished(running.stdout)]).then(
    ([result]) => {
      if (result.exitCode === 0) output.end();
      else output.destroy(failureError(result, context));
    },
    (error: unknown) => output.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return output;
}

/**
 * Feeds `input` to a command and waits until it has succeeded.
 *
 * @returns its standard output, which must be short.
 * @throws what the command's failure means; `INVALID_INPUT` when `input` fails.
 */
export async function feed(
  running: RunningCommand,
  input: Readable,
  context: FailureContext,
): Promise<string> {
  const stopUnlessEnded = (): void => {
    if (!input.readableEnded) running.kill();
  };
  input.on("error", stopUnlessEnded);
  input.once("close", stopUnlessEnded);
  if (input.destroyed) stopUnlessEnded();
  // A command that fails early closes its input; its exit code tells more than EPIPE.
  running.stdin.on("error", () => input.unpipe(running.stdin));
  input.pipe(running.stdin);
  running.stderr.resume();
  const chunks: string[] = [];
  running.stdout.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
  try {
    const [result] = await Promise.all([running.ended, finished(running.stdout)]);
    if (input.errored) throw inputError(input.errored, context);
    if (result.exitCode !== 0) throw failureError(result, context);
    return chunks.join("");
  } finally {
    if (!input.readableEnded) input.destroy();
  }
}

/** What the failure of `input` means; `cause` is absent when it was closed before its end. */
export function inputError(cause: Error | undefined, { action }: FailureContext): K3dError {
  if (isK3dError(cause)) return cause;
  if (cause === undefined) {
    return new K3dError("INVALID_INPUT", `Cannot ${action}: the data ended before it was complete`);
  }
  return new K3dError("INVALID_INPUT", `Cannot ${action}: ${cause.message}`, { cause });
}

/**
 * Waits until a stream has something to read, and leaves it there.
 *
 * @returns that as text, as far as it is there; empty when the stream ended without anything.
 * @throws the stream's error.
 */
export async function firstByte(stream: Readable): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    const settle = (error?: Error): void => {
      stream.off("readable", onReadable).off("end", onReadable).off("error", settle);
      if (error === undefined) resolve();
      else reject(error);
    };
    const onReadable = (): void => settle();
    stream.on("readable", onReadable).on("end", onReadable).on("error", settle);
  });
  const chunk = stream.read() as Buffer | null;
  if (chunk === null) return "";
  stream.unshift(chunk);
  return chunk.subarray(0, 512).toString("latin1");
}
