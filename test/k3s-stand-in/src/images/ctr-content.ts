import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { ArgumentError, parseToolArgs } from "./args.ts";
import { binarySize, columns } from "./format.ts";
import type { ImageStore } from "./image-store.ts";

type Open = () => Promise<ImageStore>;

/** `ctr content <command>`: the blobs of a node, whatever namespace they came by; source: containerd's `cmd/ctr/commands/content`. */
export async function runContent(command: string, args: string[], open: Open): Promise<void> {
  switch (command) {
    case "list":
    case "ls":
      return withStore(open, (store) => list(args, store));
    case "get":
      return withStore(open, (store) => get(args, store));
    case "ingest":
      return withStore(open, (store) => ingest(args, store));
    case "delete":
    case "del":
    case "remove":
    case "rm":
      return withStore(open, (store) => remove(args, store));
    default:
      throw new ArgumentError(
        `command ${JSON.stringify(`content ${command}`)} is not part of the k3s stand-in`,
      );
  }
}

async function withStore(open: Open, use: (store: ImageStore) => Promise<void>): Promise<void> {
  const store = await open();
  try {
    await use(store);
  } finally {
    store.close();
  }
}

async function list(args: string[], { content }: ImageStore): Promise<void> {
  const { flags } = parseToolArgs(args, { quiet: false, q: false });
  const digests = content.list();
  if (flags.has("quiet") || flags.has("q")) {
    process.stdout.write(digests.map((digest) => `${digest}\n`).join(""));
    return;
  }
  const rows = digests.map((digest) => [
    digest,
    binarySize(content.size(digest)),
    `${Math.floor((Date.now() - content.writtenAt(digest)) / 1000)} seconds`,
    "-",
  ]);
  process.stdout.write(columns([["DIGEST", "SIZE", "AGE", "LABELS"], ...rows]));
}

function requireBlob({ content }: ImageStore, digest: string): void {
  if (!/^sha256:[0-9a-f]{64}$/.test(digest))
    throw new ArgumentError("invalid checksum digest format");
  if (!content.has(digest)) throw new Error(`content digest ${digest}: not found`);
}

async function get(args: string[], store: ImageStore): Promise<void> {
  const [digest = ""] = parseToolArgs(args, {}).positional;
  requireBlob(store, digest);
  await pipeline(createReadStream(store.content.path(digest)), process.stdout, { end: false });
}

async function ingest(args: string[], { content }: ImageStore): Promise<void> {
  const { flags, positional } = parseToolArgs(args, {
    "expected-size": true,
    "expected-digest": true,
  });
  if (!positional[0]) throw new ArgumentError("reference must not be empty");
  const { digest, size } = await content.write(process.stdin, flags.get("expected-digest"));
  const expected = flags.get("expected-size");
  if (!expected || Number(expected) === 0 || Number(expected) === size) return;
  content.remove(digest);
  throw new Error(`unexpected commit size ${size}, expected ${expected}: failed precondition`);
}

async function remove(args: string[], store: ImageStore): Promise<void> {
  let failed: Error | undefined;
  for (const digest of parseToolArgs(args, {}).positional) {
    try {
      requireBlob(store, digest);
      store.content.remove(digest);
      process.stdout.write(`${digest}\n`);
    } catch (error) {
      failed ??= error as Error;
    }
  }
  if (failed) throw failed;
}
