import { PassThrough, type Readable, type Writable } from "node:stream";

/**
 * Passes output on into a stream that keeps what nobody has read yet, also
 * when the process has ended. It ends however the source does; destroying it
 * closes the source.
 */
export function outputOf(source: Readable): Readable {
  const output = new PassThrough();
  output.on("error", () => undefined);
  source.once("error", () => output.end());
  source.once("close", () => output.end());
  output.once("close", () => source.destroy());
  source.pipe(output);
  return output;
}

/** Resolves when a stream is over, in whatever way. */
export async function streamEnded(stream: Readable): Promise<void> {
  if (stream.readableEnded || stream.destroyed) return;
  await new Promise<void>((resolve) => {
    stream
      .once("end", resolve)
      .once("close", resolve)
      .once("error", () => resolve());
  });
}

/**
 * Writes a process's standard input, which ends where `source` ends.
 *
 * @param onFailure called when `source` fails or is closed before its end: the process must not take that for the end of its input.
 */
export function feed(source: Readable, input: Writable, onFailure: (error: Error) => void): void {
  // The process may end before it has read everything.
  input.on("error", () => source.unpipe(input));
  if (source.readableEnded) {
    input.end();
    return;
  }
  let hasFailed = false;
  const check = (): void => {
    if (source.readableEnded || hasFailed) return;
    hasFailed = true;
    onFailure(source.errored ?? new Error("it was closed before its end"));
  };
  source.on("error", check);
  source.once("close", check);
  if (source.destroyed) check();
  else source.pipe(input);
}
