import { createHash } from "node:crypto";
import { closeSync, existsSync, fstatSync, openSync, readSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { PassThrough, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { extract, pack } from "tar-stream";
import type { MemoryProcess, MemoryRuntime } from "../src/testing/index.js";

interface Descriptor {
  digest: string;
  annotations?: Record<string, string>;
}

interface Document {
  manifests?: Descriptor[];
  config?: Descriptor;
  layers?: Descriptor[];
}

/** The images of one node, imported as containerd does it: content first, names at the end, from what is there. */
export class FakeContainerd {
  readonly blobs = new Map<string, Buffer>();
  /** Ids by names. */
  readonly names = new Map<string, string>();
  /** Bytes of the archives that came. */
  received = 0;
  /** Bytes of files in the image volume that it has read. */
  read = 0;
  /** How each import was asked for. */
  readonly imports: string[][] = [];

  async import(archive: Readable): Promise<void> {
    const files = new Map<string, string>();
    const fresh = new Map<string, Buffer>();
    const extraction = extract();
    archive.on("error", (error) => extraction.destroy(error));
    archive.on("close", () => {
      if (!archive.readableEnded) extraction.destroy(new Error("unexpected EOF"));
    });
    archive.pipe(extraction);
    for await (const entry of extraction) {
      const content = await buffer(entry as unknown as Readable);
      this.received += content.length;
      const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
      files.set(entry.header.name, digest);
      fresh.set(digest, content);
    }
    const index = files.get("index.json");
    if (!files.has("oci-layout") || index === undefined)
      throw new Error("unrecognized image format");
    const read = (digest: string): Document => {
      const content = fresh.get(digest) ?? this.blobs.get(digest);
      if (content === undefined) throw new Error(`content digest ${digest}: not found`);
      return JSON.parse(content.toString()) as Document;
    };
    for (const { digest, annotations = {} } of read(index).manifests ?? []) {
      const child = read(digest).manifests?.[0]?.digest ?? digest;
      const { config, layers = [] } = read(child);
      for (const layer of layers) {
        if (!fresh.has(layer.digest) && !this.blobs.has(layer.digest)) {
          throw new Error(`content digest ${layer.digest}: not found`);
        }
      }
      this.names.set(annotations["io.containerd.image.name"] ?? "", config?.digest ?? "");
    }
    for (const [digest, content] of fresh) this.blobs.set(digest, content);
  }
}

/** Images of a containerd as an OCI archive. */
async function exported(
  { blobs, names }: FakeContainerd,
  wanted: readonly string[],
): Promise<Buffer> {
  const manifests = [...blobs].flatMap(([digest, content]) => {
    if (!content.toString("latin1", 0, 1).startsWith("{")) return [];
    const { config } = JSON.parse(content.toString()) as Document;
    const own = wanted.filter((name) => config !== undefined && names.get(name) === config.digest);
    return own.map((name) => ({
      digest,
      size: content.length,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      annotations: { "io.containerd.image.name": name },
    }));
  });
  const archive = pack();
  for (const [digest, content] of blobs)
    archive.entry({ name: `blobs/sha256/${digest.slice("sha256:".length)}` }, content);
  archive.entry({ name: "index.json" }, JSON.stringify({ schemaVersion: 2, manifests }));
  archive.entry({ name: "oci-layout" }, JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  archive.finalize();
  return buffer(Readable.from(archive as unknown as AsyncIterable<Buffer>));
}

/** Where a volume is on this machine, as its nodes tell it. */
export interface LocalVolume {
  directory: string;
  /** `MAJOR:MINOR`. */
  device: string;
  /** Whether its nodes see what is in the directory. */
  isSeen: boolean;
}

/** Gives every node of a runtime a containerd, and volumes to those that share one. */
export function fakeContainerds(
  runtime: MemoryRuntime,
  volumes: Record<string, string> = {},
  local?: LocalVolume,
) {
  const nodes = new Map<string, FakeContainerd>();
  /** Files by their paths, in each volume: what was written to them so far. */
  const files = new Map<string, Map<string, Buffer[]>>();
  /** Nodes that wrote an archive into their volume. */
  const writers: string[] = [];
  const of = (node: string): FakeContainerd => {
    const known = nodes.get(node) ?? new FakeContainerd();
    nodes.set(node, known);
    return known;
  };
  const filesOf = (node: string): Map<string, Buffer[]> => {
    const volume = volumes[node] ?? node;
    const known = files.get(volume) ?? new Map<string, Buffer[]>();
    files.set(volume, known);
    return known;
  };
  const attempt = async (process: MemoryProcess, work: () => Promise<void>): Promise<number> => {
    try {
      await work();
      return 0;
    } catch (error) {
      await process.print(`ctr: ${(error as Error).message}`, "stderr");
      return 1;
    }
  };
  runtime.onExec(/./, "ctr --namespace k8s.io images import", (process) => {
    const containerd = of(process.container);
    containerd.imports.push(process.args.slice(5));
    return attempt(process, () => containerd.import(Readable.from(process.stdin)));
  });
  runtime.onExec(/./, "ctr --namespace k8s.io images export", async (process) => {
    const names = process.args.slice(process.args.indexOf("-") + 1);
    await process.write(await exported(of(process.container), names));
  });
  const tellImages = async (process: MemoryProcess): Promise<void> => {
    const byId = Map.groupBy(of(process.container).names, ([, id]) => id);
    const images = [...byId].map(([id, names]) => ({
      id,
      size: "1000",
      repoTags: names.map(([name]) => name).filter((name) => !name.includes("@")),
      repoDigests: names.map(([name]) => name).filter((name) => name.includes("@")),
    }));
    await process.print(JSON.stringify({ images }));
  };
  runtime.onExec(/./, "crictl images --output json", tellImages);
  runtime.onExec(/./, /mountinfo/, async (process) => {
    for (const [digest, { length }] of of(process.container).blobs) {
      await process.print(
        `-r--r--r--    1 0        0     ${length} Nov 26 21:17 ${digest.slice(7)}`,
      );
    }
    const volume = volumes[process.container];
    if (volume !== undefined) {
      const { device, directory } = local ?? { device: "8:1", directory: `/volumes/${volume}` };
      await process.print(
        `42 29 ${device} ${directory} /k3d/images rw,relatime - ext4 /dev/sda rw`,
      );
      for (const path of filesOf(process.container).keys()) {
        await process.print(path.replace("/k3d/images/", ""));
      }
    }
    if (!process.args[2]?.includes("crictl")) return;
    for await (const id of createInterface({ input: Readable.from(process.stdin) })) {
      if (!of(process.container).blobs.has(`sha256:${id}`)) continue;
      await process.print("images:");
      await tellImages(process);
      return;
    }
  });
  runtime.onExec(/./, /echo made && cat/, async (process) => {
    const path = process.args.at(-1) ?? "";
    const volume = filesOf(process.container);
    const written: Buffer[] = [];
    volume.set(path, written);
    writers.push(process.container);
    await process.print("made");
    try {
      for await (const chunk of process.stdin) written.push(chunk);
    } finally {
      // The shell removes it however its input ends, unless it is killed.
      const removes = process.args[2]?.includes("rm -f") && !process.signal.aborted;
      if (removes && volume.get(path) === written) volume.delete(path);
    }
  });
  runtime.onExec(/./, "rm -f", (process) => {
    for (const path of process.args.slice(2)) filesOf(process.container).delete(path);
  });
  runtime.onExec(/./, "mv ", (process) => {
    const [, from = "", to = ""] = process.args;
    const volume = filesOf(process.container);
    volume.set(to, volume.get(from) ?? []);
    volume.delete(from);
  });
  runtime.onExec(/./, /^sh -c exec 3</, async (process) => {
    const path = process.args[4] ?? "";
    const containerd = of(process.container);
    const written = filesOf(process.container).get(path);
    const here = local?.isSeen ? join(local.directory, basename(path)) : "";
    const file = existsSync(here) ? openSync(here, "r") : undefined;
    if (written === undefined && file === undefined) {
      await process.print(`sh: can't open ${path}: no such file`, "stderr");
      return 1;
    }
    containerd.imports.push(process.args.slice(5));
    await process.print("open");
    const archive = new PassThrough();
    const importing = attempt(process, () => containerd.import(archive));
    const follow = async (): Promise<number> => {
      let [chunks, bytes] = [0, 0];
      const fresh = (): Buffer[] => {
        if (file === undefined) return (written ?? []).slice(chunks);
        const rest = Buffer.alloc(fstatSync(file).size - bytes);
        readSync(file, rest, 0, rest.length, bytes);
        return [rest];
      };
      for await (const word of createInterface({ input: Readable.from(process.stdin) })) {
        if (word === "drop") {
          filesOf(process.container).delete(path);
          if (file !== undefined) rmSync(here, { force: true });
        } else {
          for (const chunk of fresh()) {
            bytes += chunk.length;
            chunks += 1;
            containerd.read += chunk.length;
            archive.write(chunk);
          }
          await process.print(String(bytes));
        }
        if (word === "end") break;
      }
      archive.end();
      return importing;
    };
    try {
      return await Promise.race([importing, follow()]);
    } finally {
      if (file !== undefined) closeSync(file);
    }
  });
  return { of, filesOf, writers };
}
