import { posix } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Header } from "tar-stream";
import { changedHeader, nodeStreamOf, quietly } from "../../runtime/index.js";

/** What becomes of an entry: it is written with this header, or left out. */
export type EntryChoice = (header: Header) => Header | undefined;

/**
 * A tar stream with its entries chosen and renamed, as it flows.
 *
 * Reading it fails with what `choose` throws, and with what the source fails with.
 */
export async function mapEntries(source: Readable, choose: EntryChoice): Promise<Readable> {
  const { extract, pack } = await import("tar-stream");
  const extraction = extract();
  const archive = pack();
  const output = nodeStreamOf(archive);
  source.on("error", (error) => extraction.destroy(error));
  source.on("close", () => {
    if (!source.readableEnded) extraction.destroy(new Error("Unexpected end of data"));
  });
  output.on("close", () => source.destroy());
  void (async () => {
    try {
      source.pipe(extraction);
      for await (const entry of extraction) {
        const header = choose(entry.header);
        if (header === undefined) entry.resume();
        else if (isFile(header))
          await pipeline(entry as unknown as Readable, quietly(archive.entry(header)));
        else {
          archive.entry(header);
          entry.resume();
        }
      }
      archive.finalize();
    } catch (error) {
      source.destroy();
      output.destroy(error as Error);
    }
  })();
  return output;
}

const isFile = ({ type }: Header): boolean => type === "file" || type === "contiguous-file";

/** Entries of an engine's archive of the directory `path`, named from the root: `var/lib/…`. */
export function fromRoot(path: string): (header: Header) => Header {
  const parent = posix.dirname(path).slice(1);
  const named = (name: string): string => posix.join(parent, name.replace(/^(?:\.?\/)+/, ""));
  return (header) =>
    changedHeader(header, {
      name: named(header.name),
      ...(header.type === "link" ? { linkname: named(header.linkname ?? "") } : {}),
    });
}

/** Whether an entry is what it says: at `root` or below it, and nothing that leads out of there. */
export function isWithin(root: string, { name, type, linkname, pax }: Header): boolean {
  if (!isBelow(root, name) || !PLAIN_TYPES.has(type ?? "")) return false;
  // GNU tar's sparse files have their real name there, which others than tar-stream go by.
  if (Object.keys(pax ?? {}).some((key) => key.startsWith("GNU.sparse."))) return false;
  if (type === "link") return isBelow(root, linkname ?? "");
  if (type !== "symlink") return true;
  const target = linkname ?? "";
  // A link to a place in the node itself leads nowhere else: the node's own files may have such.
  return posix.isAbsolute(target) || isBelow(root, posix.join(posix.dirname(name), target));
}

/** Devices, pipes and what is unknown have no place in a snapshot. */
const PLAIN_TYPES = new Set(["file", "contiguous-file", "directory", "symlink", "link"]);

function isBelow(root: string, name: string): boolean {
  const plain = name.replace(/\/$/, "");
  if (plain.startsWith("/") || plain.split("/").includes("..")) return false;
  const top = root.slice(1);
  const normal = posix.normalize(plain);
  return normal === top || normal.startsWith(`${top}/`) || top.startsWith(`${normal}/`);
}
