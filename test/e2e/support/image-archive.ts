import { createHash, randomBytes } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";

export interface ImageArchive {
  /** As `docker save` writes it: https://github.com/moby/docker-image-spec/blob/main/v1.2.md */
  content: Buffer;
  /** Digest of the image's configuration: its id to engines and to the CRI. */
  id: string;
  layers: Buffer[];
}

/**
 * An archive of an image that nobody has: the layers of another one, and one of `size` random bytes.
 * Without a reference it is as `docker save ID` writes it.
 */
export async function imageArchive(
  reference: string | undefined,
  size = 100_000,
  below: Buffer[] = [],
  architecture = { x64: "amd64", arm64: "arm64" }[process.arch as string] ?? process.arch,
): Promise<ImageArchive> {
  const layers = [...below, await tarOf({ data: randomBytes(size) })];
  const config = JSON.stringify({
    architecture,
    os: "linux",
    created: "2026-01-01T00:00:00Z",
    config: { Cmd: ["/data"] },
    rootfs: { type: "layers", diff_ids: layers.map(digest) },
    history: layers.map(() => ({ created: "2026-01-01T00:00:00Z", created_by: "a test" })),
  });
  const id = digest(config);
  const name = `${id.slice("sha256:".length)}.json`;
  const paths = layers.map((_, at) => `${at}/layer.tar`);
  const manifest = [
    { Config: name, RepoTags: reference === undefined ? null : [reference], Layers: paths },
  ];
  const content = await tarOf({
    [name]: Buffer.from(config),
    ...Object.fromEntries(layers.map((layer, at) => [`${at}/layer.tar`, layer])),
    "manifest.json": Buffer.from(JSON.stringify(manifest)),
  });
  return { content, id, layers };
}

async function tarOf(files: Record<string, Buffer>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(files)) archive.entry({ name }, content);
  archive.finalize();
  return buffer(archive);
}

function digest(content: string | Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
