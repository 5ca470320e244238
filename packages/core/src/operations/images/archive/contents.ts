import { createHash } from "node:crypto";
import { K3dError } from "../../../errors/index.js";

export type Compression = "none" | "gzip" | "zstd";

/** A file of an archive. */
export interface ArchivedFile {
  digest: string;
  /** Bytes. */
  size: number;
  compression: Compression;
}

/** What was read of an archive: every file's digest, and the JSON documents themselves. */
export class ArchiveContents {
  readonly #files = new Map<string, ArchivedFile>();
  readonly #links = new Map<string, string>();
  readonly #documents = new Map<string, Buffer>();
  readonly #digests = new Set<string>();

  /** @param name of the archive, for messages. */
  constructor(readonly name: string) {}

  add(path: string, file: ArchivedFile): void {
    this.#files.set(path, file);
    this.#digests.add(file.digest);
  }

  /** Keeps a document by its digest, and by the path under which it was found, if any. */
  addDocument(content: Buffer, path?: string): ArchivedFile {
    const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    const file: ArchivedFile = { digest, size: content.length, compression: "none" };
    this.#documents.set(digest, content);
    this.#digests.add(digest);
    if (path !== undefined) this.#files.set(path, file);
    return file;
  }

  addLink(path: string, target: string): void {
    this.#links.set(path, target);
  }

  has(digest: string): boolean {
    return this.#digests.has(digest);
  }

  /** The file at a path, also through a link. */
  file(path: string): ArchivedFile | undefined {
    const clean = path.replace(/^(?:\.?\/)+/, "");
    return this.#files.get(clean) ?? this.#files.get(this.#links.get(clean) ?? "");
  }

  /** Paths of the files with this content. */
  pathsOf(digest: string): string[] {
    return [...this.#files].flatMap(([path, file]) => (file.digest === digest ? path : []));
  }

  /** @throws `INVALID_INPUT` when it is missing or no JSON object or array. */
  json<T extends object>(digest: string, what: string): T {
    const content = this.#documents.get(digest);
    if (content === undefined) throw this.incomplete(`${what} ${digest}`);
    try {
      const value: unknown = JSON.parse(content.toString("utf8"));
      if (typeof value === "object" && value !== null) return value as T;
    } catch {
      // told below
    }
    throw this.damaged(`its ${what} is not valid JSON`);
  }

  documents(): Iterable<[digest: string, content: Buffer]> {
    return this.#documents;
  }

  incomplete(missing: string): K3dError {
    return new K3dError(
      "INVALID_INPUT",
      `Archive ${this.name} is incomplete: it lacks ${missing}`,
      {
        hint: "Write it again; it may have been cut short.",
      },
    );
  }

  damaged(why: string): K3dError {
    return new K3dError("INVALID_INPUT", `Archive ${this.name} is damaged: ${why}`, {
      hint: "Write it again.",
    });
  }
}
