import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";

/** The docker-archive of an image with one empty file and a label, which sets it apart from others. */
export async function labelledImage(
  reference: string,
  architecture: string,
  label: string,
): Promise<Readable> {
  const layer = await tar({ [label]: "" });
  const digest = createHash("sha256").update(layer).digest("hex");
  const config = JSON.stringify({
    os: "linux",
    architecture,
    config: { Labels: { label } },
    rootfs: { type: "layers", diff_ids: [`sha256:${digest}`] },
  });
  const manifest = [{ Config: "config.json", RepoTags: [reference], Layers: ["layer.tar"] }];
  return Readable.from([
    await tar({
      "manifest.json": JSON.stringify(manifest),
      "config.json": config,
      "layer.tar": layer,
    }),
  ]);
}

async function tar(files: Record<string, string | Buffer>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(files)) archive.entry({ name }, content);
  archive.finalize();
  return await buffer(archive);
}
