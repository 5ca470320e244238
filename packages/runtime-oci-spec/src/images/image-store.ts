import { rm } from "node:fs/promises";
import { join } from "node:path";
import {
  isImageId,
  isK3dError,
  isSameImageReference,
  K3dError,
  parseImageReference,
} from "@k3d/core/runtime";
import { errorCode } from "../host/json-file.ts";
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

/** How often the index is read again where images vanish while they are read. */
const READ_ATTEMPTS = 5;

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
    for (let attempt = 1; ; attempt += 1) {
      const byManifest = Map.groupBy(await this.layout.manifests(), ({ digest }) => digest);
      try {
        return await Promise.all([...byManifest.values()].map((entries) => this.#load(entries)));
      } catch (error) {
        // Nothing is locked here: an image may have been removed since the index was read.
        if (errorCode(error) !== "ENOENT" || attempt === READ_ATTEMPTS) throw error;
      }
    }
  }

  /** By id or reference, full or familiar. @throws `IMAGE_NOT_FOUND`. */
  async find(reference: string): Promise<StoredImage> {
    const image = (await this.all()).find((candidate) => isNamed(candidate, reference));
    if (image) return image;
    throw new K3dError(
      "IMAGE_NOT_FOUND",
      `Image '${reference}' is not in the store at ${this.#paths.images}`,
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
    const { id, replaces } = await this.#locks.with(
      "image-blobs",
      async () => {
        try {
          const staging = new ImageLayout(join(directory, "layout"));
          await staging.ensure(join(this.layout.directory, "blobs"));
          await copy(staging.directory, "image", directory);
          const [descriptor] = await staging.manifests();
          if (!descriptor)
            throw new K3dError("RUNTIME_ERROR", "skopeo reported success, but copied no image");
          const manifest = await staging.readBlob<Manifest>(descriptor.digest);
          const isReplaced = await this.#tag(descriptor, references);
          return { id: manifest.config.digest, replaces: isReplaced };
        } finally {
          await rm(directory, { recursive: true, force: true });
        }
      },
      { shared: true, signal },
    );
    if (replaces) await this.removeGarbage();
    return id;
  }

  /** Digests of blobs that belong to no image; none while images are being copied, whose blobs could not be told apart. */
  async garbage(): Promise<string[]> {
    return (await this.#whileIdle(() => this.layout.garbage())) ?? [];
  }

  /** Deletes the blobs that belong to no image, or leaves it to the next time where images are being copied. */
  async removeGarbage(): Promise<void> {
    await this.#whileIdle(() => this.layout.collectGarbage());
  }

  async #whileIdle<T>(action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.#locks.with("image-blobs", action, { timeoutSeconds: 0 });
    } catch (error) {
      if (isK3dError(error, "LOCKED")) return undefined;
      throw error;
    }
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

  /** @returns whether another image was left without a name by it, and so is none any more. */
  async #tag({ mediaType, digest, size }: Descriptor, references: string[]): Promise<boolean> {
    const names = references.length > 0 ? references : [""];
    return await this.#locks.with("image-index", async () => {
      const before = await this.layout.manifests();
      const others = before.filter((entry) => {
        const name = entry.annotations?.[REFERENCE_ANNOTATION];
        return name === undefined || name === "" ? entry.digest !== digest : !names.includes(name);
      });
      const added = names.map((name) => ({
        mediaType,
        digest,
        size,
        ...(name === "" ? {} : { annotations: { [REFERENCE_ANNOTATION]: name } }),
      }));
      const after = [...others, ...added];
      await this.layout.writeManifests(after);
      const present = new Set(after.map((entry) => entry.digest));
      return before.some((entry) => !present.has(entry.digest));
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
