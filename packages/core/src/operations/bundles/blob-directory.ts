import { createHash, randomUUID, type Hash } from "node:crypto";
import { mkdir, open, rename, writeFile, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { ArchiveReceiver } from "../images/archive/receiver.js";

/** Keeps the files of an archive in a directory, by their digests, as an OCI layout has them. */
export class BlobDirectory implements ArchiveReceiver {
  readonly present: ReadonlyMap<string, number> = new Map();
  readonly missing = new Set<string>();
  readonly isOver = false;
  #writing: { file: FileHandle; path: string; hash: Hash } | undefined;
  #opened: Promise<FileHandle> | undefined;

  private constructor(private readonly blobs: string) {}

  static async in(layout: string): Promise<BlobDirectory> {
    const blobs = join(layout, "blobs", "sha256");
    await mkdir(blobs, { recursive: true });
    return new BlobDirectory(blobs);
  }

  canSpare(): boolean {
    return false;
  }

  spare(): void {}

  begin(): void {
    const path = join(this.blobs, `.${randomUUID()}`);
    this.#opened = open(path, "wx", 0o600);
    this.#opened.catch(() => {});
    this.#path = path;
  }

  #path = "";

  async write(chunk: Buffer): Promise<void> {
    const writing = await this.#current();
    writing?.hash.update(chunk);
    await writing?.file.writeFile(chunk);
  }

  async end(): Promise<void> {
    const writing = await this.#current();
    this.#writing = undefined;
    this.#opened = undefined;
    if (writing === undefined) return;
    await writing.file.close();
    await rename(writing.path, join(this.blobs, writing.hash.digest("hex")));
  }

  async add(digest: string, content: Buffer): Promise<void> {
    await writeFile(join(this.blobs, digest.replace("sha256:", "")), content, { mode: 0o600 });
  }

  async #current(): Promise<{ file: FileHandle; path: string; hash: Hash } | undefined> {
    if (this.#opened === undefined) return undefined;
    this.#writing ??= {
      file: await this.#opened,
      path: this.#path,
      hash: createHash("sha256"),
    };
    return this.#writing;
  }
}
