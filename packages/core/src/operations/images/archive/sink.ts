import { PassThrough, type Writable } from "node:stream";
import type { Pack } from "tar-stream";
import { quietly } from "../../../runtime/index.js";
import type { ArchiveReceiver } from "./receiver.js";

/** One of the archives that are written while another is read: what one receiver lacks of it. */
export class ArchiveSink implements ArchiveReceiver {
  /** What the receiver reads. Its end means that the archive is whole. */
  readonly stream = new PassThrough();
  /** Digests that the receiver was found to lack although they were taken to be there. */
  readonly missing = new Set<string>();
  readonly #pack: Pack;
  #entry: Writable | undefined;
  #sent = 0;
  #spared = 0;

  /** @param present digests and sizes of the blobs that the receiver has. */
  constructor(
    pack: Pack,
    readonly present: ReadonlyMap<string, number>,
    private readonly onBytes: (sent: number, spared: number) => void,
  ) {
    this.#pack = pack;
    // Whoever reads tells its failure itself; here it only means that this archive is over.
    quietly(pack);
    quietly(this.stream);
    this.stream.on("close", () => pack.destroy());
    pack.pipe(this.stream);
  }

  get isOver(): boolean {
    return this.stream.destroyed;
  }

  /** Bytes of files written so far. */
  get sent(): number {
    return this.#sent;
  }

  /** Whether the receiver can do without a file of this size, and of this digest where it is known. */
  canSpare(size: number, digest: string | undefined, bySize: boolean): boolean {
    if (digest !== undefined) return this.present.get(digest) === size;
    return bySize && [...this.present.values()].includes(size);
  }

  /** Notes that so many bytes need not be sent. */
  spare(bytes: number): void {
    this.#spared += bytes;
    this.onBytes(this.#sent, this.#spared);
  }

  begin(name: string, size: number): void {
    if (this.isOver) return;
    const entry = this.#pack.entry({ name, size, mode: 0o644 }, () => {});
    this.#entry = quietly(entry) as unknown as Writable;
  }

  /** Resolves when the receiver can take more, or is gone. */
  async write(chunk: Buffer): Promise<void> {
    const entry = this.#entry;
    if (this.isOver || entry === undefined) return;
    this.#sent += chunk.length;
    const hasRoom = entry.write(chunk);
    this.onBytes(this.#sent, this.#spared);
    if (hasRoom) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    entry.once("drain", resolve);
    this.stream.once("close", resolve);
    await promise;
    entry.off("drain", resolve);
    this.stream.off("close", resolve);
  }

  async end(): Promise<void> {
    const entry = this.#entry;
    this.#entry = undefined;
    if (this.isOver || entry === undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    entry.once("close", resolve);
    this.stream.once("close", resolve);
    entry.end();
    await promise;
    this.stream.off("close", resolve);
  }

  async file(name: string, content: Buffer): Promise<void> {
    this.begin(name, content.length);
    await this.write(content);
    await this.end();
  }

  /** The archive is whole. */
  finish(): void {
    if (!this.isOver) this.#pack.finalize();
  }

  /** Cuts the archive short; what reads it does not take it for a whole one. */
  close(): void {
    this.stream.destroy();
  }
}
