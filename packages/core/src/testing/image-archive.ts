import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { nodeStreamOf } from "../runtime/archive.js";
import { quietly } from "../runtime/quietly.js";
import { isK3dError, K3dError } from "../errors/index.js";
import { configDocument, withId, type StoredImage } from "./image-store.js";

/** An entry of a docker-archive's `manifest.json`. */
interface Manifest {
  Config: string;
  RepoTags: string[];
  Layers: string[];
}

/** An image's configuration in an archive, which has labels where Docker has them. */
type ArchivedConfig = Omit<StoredImage, "id" | "layer" | "config"> & {
  rootfs: unknown;
  config: Omit<StoredImage["config"], "labels"> & { Labels: Record<string, string> };
};

/** Writes a docker-archive; images with several references are written once. */
export async function writeImageArchive(
  images: { reference: string; image: StoredImage }[],
): Promise<Readable> {
  const { pack } = await import("tar-stream");
  const archive = pack();
  const byId = new Map<string, { image: StoredImage; references: string[] }>();
  for (const { reference, image } of images) {
    const known = byId.get(image.id);
    if (known) known.references.push(reference);
    else byId.set(image.id, { image, references: [reference] });
  }
  const files = new Map<string, Buffer>();
  const manifests: Manifest[] = [];
  for (const { image, references } of byId.values()) {
    const { layer } = image;
    const name = image.id.replace("sha256:", "");
    files.set(`${name}.json`, Buffer.from(configDocument(image)));
    files.set(`${name}/layer.tar`, layer);
    manifests.push({ Config: `${name}.json`, RepoTags: references, Layers: [`${name}/layer.tar`] });
  }
  files.set("manifest.json", Buffer.from(JSON.stringify(manifests)));
  const writing = (async () => {
    for (const [name, data] of files) {
      await new Promise<void>((resolve, reject) => {
        quietly(archive.entry({ name }, data, (error) => (error ? reject(error) : resolve())));
      });
    }
    archive.finalize();
  })();
  writing.catch((error: unknown) => archive.destroy(error as Error));
  return nodeStreamOf(archive);
}

/** Reads a docker-archive that {@link writeImageArchive} wrote. @throws `INVALID_INPUT`. */
export async function readImageArchive(
  archive: Readable,
): Promise<{ references: string[]; image: StoredImage }[]> {
  const { extract } = await import("tar-stream");
  const extraction = extract();
  const files = new Map<string, Buffer>();
  const reading = (async () => {
    for await (const entry of extraction) files.set(entry.header.name, await buffer(entry));
  })();
  try {
    await Promise.all([pipeline(archive, extraction), reading]);
    if (files.has("oci-layout") && !files.has("manifest.json"))
      throw new K3dError("UNSUPPORTED", "The in-memory engine reads docker-archives only");
    const manifests = JSON.parse(String(files.get("manifest.json"))) as Manifest[];
    return manifests.map(({ Config, RepoTags, Layers }) => {
      const config = JSON.parse(String(files.get(Config)), (key, value: unknown) =>
        key === "created" ? new Date(value as string) : value,
      ) as ArchivedConfig;
      const { rootfs: _, ...image } = config;
      const { Labels: labels, ...rest } = config.config;
      return {
        references: RepoTags,
        image: withId({
          ...image,
          config: { ...rest, labels },
          layer: files.get(Layers[0] ?? "") ?? Buffer.alloc(0),
        }),
      };
    });
  } catch (error) {
    if (isK3dError(error)) throw error;
    throw new K3dError(
      "INVALID_INPUT",
      `This is not an image archive: ${(error as Error).message}`,
      {
        hint: "Give a tar file as `docker save` writes it.",
        cause: error,
      },
    );
  }
}
