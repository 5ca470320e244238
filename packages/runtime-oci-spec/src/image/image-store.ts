import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isImageId, isSameImageReference, K3dError, parseImageReference } from "@k3d/core";
import type { Locks } from "../store/lock.ts";
import { Scratch } from "../store/scratch.ts";
import type { Paths } from "../store/paths.ts";
import {
  ImageLayout,
  REFERENCE_ANNOTATION,
  type Descriptor,
  type ImageConfigFile,
  type Manifest,
} from "./layout.ts";

/** One image of the store, under all its names. */
export interface StoredImage {
  /** Digest of its configuration: `sha256:…`. */
  id: string;
  manifestDigest: string;
  manifest: Manifest;
  config: ImageConfigFile;
  references: string[];
  /** Of the form `repository@sha256:…`. */
  digests: string[];
}

/** Images in one OCI layout. Those copied into it lie in layouts of their own first, which share its blobs. */
export class ImageStore {
  readonly layout: ImageLayout;
  readonly #paths: Paths;
  readonly #locks: Locks;

  constructor(paths: Paths, locks: Locks) {
    this.#paths = paths;
    this.#locks = locks;
    this.layout = new ImageLayout(paths.images);
  }

  async all(): Promise<StoredImage[]> {
    const byManifest = Map.groupBy(await this.layout.manifests(), ({ digest }) => digest);
    return await Promise.all([...byManifest.values()].map((entries) => this.#load(entries)));
  }

  /** By id or reference, full or familiar. @throws `IMAGE_NOT_FOUND`. */
  async find(reference: string): Promise<StoredImage> {
    const image = (await this.all()).find((candidate) => isNamed(candidate, reference));
    if (image) return image;
    throw new K3dError(
      "IMAGE_NOT_FOUND",
      `Image ${reference} is not in the store at ${this.#paths.images}`,
      {
        details: { image: reference },
      },
    );
  }

  /**
   * Lets `copy` write one image into a layout that shares this store's blobs, and gives it names.
   *
   * @param copy gets a directory for temporary files too.
   * @param references full references; empty for an image without a name.
   * @returns the image's id.
   */
  async receive(
    copy: (layout: string, name: string, tmp: string) => Promise<void>,
    references: string[],
    signal?: AbortSignal,
  ): Promise<string> {
    await this.layout.ensure();
    const directory = await new Scratch(this.#paths.tmp).make("image");
    // Shared, as copies do not disturb each other; exclusive is only the collection of garbage.
    return await this.#locks.with(
      "image-blobs",
      async () => {
        try {
          const staging = new ImageLayout(join(directory, "layout"));
          await staging.ensure(join(this.layout.directory, "blobs"));
          await copy(staging.directory, "image", directory);
          const [descriptor] = await staging.manifests();
          if (!descriptor)
            throw new K3dError("RUNTIME_ERROR", "skopeo ended well and copied no image");
          const manifest = await staging.readBlob<Manifest>(descriptor.digest);
          await this.#tag(descriptor, references);
          return manifest.config.digest;
        } finally {
          await rm(directory, { recursive: true, force: true });
        }
      },
      { shared: true, ...(signal === undefined ? {} : { signal }) },
    );
  }

  /** Takes names from an image; without names, and without blobs, once none is left. */
  async untag(image: StoredImage, references: readonly string[]): Promise<{ gone: boolean }> {
    return await this.#locks.with("image-blobs", async () => {
      return await this.#locks.with("image-index", async () => {
        const manifests = await this.layout.manifests();
        const kept = manifests.filter(
          ({ digest, annotations }) =>
            digest !== image.manifestDigest ||
            !references.includes(annotations?.[REFERENCE_ANNOTATION] ?? ""),
        );
        await this.layout.writeManifests(kept);
        await this.layout.collectGarbage();
        return { gone: !kept.some(({ digest }) => digest === image.manifestDigest) };
      });
    });
  }

  async #tag({ mediaType, digest, size }: Descriptor, references: string[]): Promise<void> {
    const names = references.length > 0 ? references : [""];
    await this.#locks.with("image-index", async () => {
      const others = (await this.layout.manifests()).filter((entry) => {
        const name = entry.annotations?.[REFERENCE_ANNOTATION];
        return name === undefined || name === "" ? entry.digest !== digest : !names.includes(name);
      });
      const added = names.map((name) => ({
        mediaType,
        digest,
        size,
        ...(name === "" ? {} : { annotations: { [REFERENCE_ANNOTATION]: name } }),
      }));
      await this.layout.writeManifests([...others, ...added]);
    });
  }

  async #load(entries: Descriptor[]): Promise<StoredImage> {
    const manifestDigest = entries[0]?.digest ?? "";
    const manifest = await this.layout.readBlob<Manifest>(manifestDigest);
    const references = entries.flatMap(
      ({ annotations }) => annotations?.[REFERENCE_ANNOTATION] ?? [],
    );
    return {
      id: manifest.config.digest,
      manifestDigest,
      manifest,
      config: await this.layout.readBlob<ImageConfigFile>(manifest.config.digest),
      references,
      digests: [
        ...new Set(references.map((reference) => `${repositoryOf(reference)}@${manifestDigest}`)),
      ],
    };
  }
}

function repositoryOf(reference: string): string {
  const { domain, path } = parseImageReference(reference);
  return `${domain}/${path}`;
}

function isNamed(image: StoredImage, reference: string): boolean {
  if (isImageId(reference))
    return image.id === (reference.startsWith("sha256:") ? reference : `sha256:${reference}`);
  return [...image.references, ...image.digests].some((name) =>
    isSameImageReference(name, reference),
  );
}
