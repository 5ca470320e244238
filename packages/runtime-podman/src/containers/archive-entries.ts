import { posix } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { changedHeader, quietly } from "@k3d/core/runtime";
import type { Header, Pack } from "tar-stream";

export interface SplitOptions {
  /** Directory that the archive is for. */
  base: string;
  /** Mounted directories below it, the deepest first. */
  mounts: readonly string[];
  /** Unpacks a tar stream at a directory. */
  put: (directory: string, archive: Readable) => Promise<void>;
}

interface Part {
  pack: Pack;
  done: Promise<void>;
  /** Rejects as soon as the part has failed; never resolves. */
  failed: Promise<never>;
}

/** Unpacks an archive, each entry at the mounted directory that it belongs to, in one pass. */
export async function splitArchive(archive: Readable, options: SplitOptions): Promise<void> {
  const { extract: createExtract, pack: createPack } = await import("tar-stream");
  const parts = new Map<string, Part>();
  const partFor = (directory: string): Part => {
    const known = parts.get(directory);
    if (known !== undefined) return known;
    const pack = quietly(createPack());
    const done = options.put(directory, Readable.from(pack));
    const failed = new Promise<never>((_resolve, reject) => void done.catch(reject));
    failed.catch(() => undefined);
    const part = { pack, done, failed };
    parts.set(directory, part);
    return part;
  };
  const extract = createExtract();
  const read = pipeline(archive, extract);
  read.catch(() => undefined);
  try {
    for await (const entry of extract) {
      const { directory, header } = destination(entry.header, options);
      const part = partFor(directory);
      await Promise.race([addEntry(part.pack, header, entry as unknown as Readable), part.failed]);
    }
    await read;
    for (const { pack } of parts.values()) pack.finalize();
  } catch (error) {
    archive.destroy();
    for (const { pack } of parts.values()) pack.destroy(asError(error));
    await Promise.allSettled([...parts.values()].map(({ done }) => done));
    throw error;
  }
  await Promise.all([...parts.values()].map(({ done }) => done));
}

/** The same archive with names that begin with `base` in place of `/`. */
export function withBaseName(archive: Readable, base: string): Readable {
  const renamed = (name: string): string => posix.join(base, name);
  return Readable.from(rename(archive, renamed), { objectMode: false });
}

async function* rename(
  archive: Readable,
  renamed: (name: string) => string,
): AsyncGenerator<Uint8Array, void, void> {
  const { extract: createExtract, pack: createPack } = await import("tar-stream");
  const extract = createExtract();
  const pack = createPack();
  const copy = async (): Promise<void> => {
    for await (const entry of extract) {
      const { header } = entry;
      const isLink = header.type === "link" && typeof header.linkname === "string";
      await addEntry(
        pack,
        changedHeader(header, {
          name: renamed(header.name),
          ...(isLink ? { linkname: renamed(header.linkname ?? "") } : {}),
        }),
        entry as unknown as Readable,
      );
    }
    pack.finalize();
  };
  const work = Promise.all([pipeline(archive, extract), copy()]);
  work.catch((error: unknown) => pack.destroy(asError(error)));
  yield* pack as AsyncIterable<Uint8Array>;
  await work;
}

function destination(
  header: Header,
  { base, mounts }: SplitOptions,
): { directory: string; header: Header } {
  const path = posix.resolve("/", base, `./${header.name}`);
  const directory = mounts.find((mount) => path === mount || path.startsWith(`${mount}/`)) ?? base;
  return directory === base
    ? { directory, header }
    : {
        directory,
        header: changedHeader(header, { name: posix.relative(directory, path) || "." }),
      };
}

async function addEntry(pack: Pack, header: Header, content: Readable): Promise<void> {
  if (header.type !== "file" && header.type !== "contiguous-file") {
    content.resume();
    await new Promise<void>((resolve, reject) => {
      quietly(pack.entry(header, (error) => (error ? reject(error) : resolve())));
    });
    return;
  }
  const sink = quietly(pack.entry(header));
  await pipeline(content, sink);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
