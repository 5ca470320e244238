import { createHash, randomBytes } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";

export interface ImageArchive {
  /** As `docker save` writes it: https://github.com/moby/docker-image-spec/blob/main/v1.2.md */
  content: Buffer;
  /** Digest of the image's configuration: its id to engines and to the CRI. */
  id: string;
}

/** An archive of an image that nobody has, with one layer of `size` random bytes. */
export async function imageArchive(reference: string, size = 100_000): Promise<ImageArchive> {
  const layer = await tarOf({ data: randomBytes(size) });
  const config = JSON.stringify({
    architecture: { x64: "amd64", arm64: "arm64" }[process.arch as string] ?? process.arch,
    os: "linux",
    created: "2026-01-01T00:00:00Z",
    config: { Cmd: ["/data"] },
    rootfs: { type: "layers", diff_ids: [digest(layer)] },
    history: [{ created: "2026-01-01T00:00:00Z", created_by: "a test" }],
  });
  const id = digest(config);
  const name = `${id.slice("sha256:".length)}.json`;
  const manifest = [{ Config: name, RepoTags: [reference], Layers: ["layer.tar"] }];
  const content = await tarOf({
    [name]: Buffer.from(config),
    "layer.tar": layer,
    "manifest.json": Buffer.from(JSON.stringify(manifest)),
  });
  return { content, id };
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
