import { addAbortSignal, PassThrough, type Readable } from "node:stream";

/** One of the readers of a stream that is read once. */
export class Branch {
  readonly stream = new PassThrough();

  constructor() {
    // Whoever reads tells its failure itself; here it only means that this branch is over.
    this.stream.on("error", () => {});
  }

  get isOver(): boolean {
    return this.stream.destroyed;
  }

  /** Resolves when the reader can take more, or is gone. */
  async write(chunk: Buffer): Promise<void> {
    if (this.isOver || this.stream.write(chunk)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const events = ["drain", "close"] as const;
    for (const event of events) this.stream.once(event, resolve);
    await promise;
    for (const event of events) this.stream.off(event, resolve);
  }

  end(): void {
    if (!this.isOver) this.stream.end();
  }

  close(): void {
    this.stream.destroy();
  }
}

/**
 * Writes a stream to all branches at the pace of the slowest. One that is over is left out; when
 * all are, the rest of the source is not read.
 *
 * @param onBytes gets the number of bytes so far.
 * @throws what the source fails with; the branches are then left open, since closing them would
 * look like the end of the data.
 */
export async function distribute(
  source: Readable,
  branches: readonly Branch[],
  { signal, onBytes }: { signal: AbortSignal; onBytes(bytes: number): void },
): Promise<void> {
  // The loop tells its failure; what it fails with after that, being cut off, is of no interest.
  source.on("error", () => {});
  let bytes = 0;
  for await (const chunk of addAbortSignal(signal, source) as AsyncIterable<Buffer>) {
    await Promise.all(branches.map((branch) => branch.write(chunk)));
    if (branches.every(({ isOver }) => isOver)) return;
    bytes += chunk.length;
    onBytes(bytes);
  }
  for (const branch of branches) branch.end();
}
