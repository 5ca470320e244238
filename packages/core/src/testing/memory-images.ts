import type { Readable } from "node:stream";
import { abortable, K3dError } from "../errors/index.js";
import { fullImageReference } from "../image/index.js";
import type { CallOptions } from "../runtime/common.js";
import type {
  ImageInfo,
  ImageOperations,
  ImageSummary,
  PullOptions,
  SaveOptions,
} from "../runtime/images.js";
import { untilAborted } from "../runtime/until-aborted.js";
import { readImageArchive, writeImageArchive } from "./image-archive.js";
import { withId, type MemoryImage, type StoredImage } from "./image-store.js";
import type { MemoryWorld } from "./world.js";

/** Names that never resolve (RFC 6761). */
const UNREACHABLE = /^[^/]*\.invalid(?::\d+)?\//;

export class MemoryImages implements ImageOperations {
  readonly #world: MemoryWorld;
  /** By full reference: what `pull` finds. */
  readonly registry = new Map<string, StoredImage>();

  constructor(world: MemoryWorld) {
    this.#world = world;
  }

  async inspect(reference: string, { signal }: CallOptions = {}): Promise<ImageInfo> {
    await this.#world.faults.enter("images.inspect", reference, signal);
    return this.#info(this.#world.image(reference));
  }

  async list({ signal }: CallOptions = {}): Promise<ImageSummary[]> {
    await this.#world.faults.enter("images.list", "", signal);
    return [...new Set(this.#world.images.values())].map((image) => {
      const { id, references, digests, size, created, config } = this.#info(image);
      return {
        id,
        references,
        digests,
        size,
        ...(created ? { created } : {}),
        labels: config.labels,
      };
    });
  }

  async pull(reference: string, { signal, onProgress }: PullOptions = {}): Promise<void> {
    await this.#world.faults.enter("images.pull", reference, signal);
    const full = fullImageReference(reference);
    const image = this.registry.get(full);
    if (!image && UNREACHABLE.test(full)) {
      throw new K3dError("REMOTE_UNAVAILABLE", `The registry of ${full} cannot be reached`, {
        hint: "Check the network.",
      });
    }
    if (!image)
      throw new K3dError("IMAGE_NOT_FOUND", `No registry has ${full}`, {
        hint: "Check the image's name and tag.",
      });
    onProgress?.({ message: `Pulled ${full}`, current: image.size, total: image.size });
    this.#world.images.set(full, image);
  }

  async save(references: string[], { signal }: SaveOptions = {}): Promise<Readable> {
    await this.#world.faults.enter("images.save", references.join(","), signal);
    const images = references.map((reference) => ({
      reference: fullImageReference(reference),
      image: this.#world.image(reference),
    }));
    const archive = await writeImageArchive(images);
    return untilAborted(archive, signal);
  }

  async load(archive: Readable, { signal }: CallOptions = {}): Promise<string[]> {
    try {
      await this.#world.faults.enter("images.load", "", signal);
      const loaded = await abortable(readImageArchive(archive), signal);
      for (const { references, image } of loaded) {
        for (const reference of references) this.#world.images.set(reference, image);
      }
      return loaded.flatMap(({ references }) => references);
    } finally {
      if (!archive.readableEnded) archive.destroy();
    }
  }

  async remove(
    reference: string,
    { signal, force = false }: CallOptions & { force?: boolean } = {},
  ): Promise<void> {
    await this.#world.faults.enter("images.remove", reference, signal);
    const image = this.#world.image(reference);
    const user = [...this.#world.containers.values()].find(
      (container) => this.#world.findImage(container.spec.image) === image,
    );
    if (user && !force) {
      throw new K3dError(
        "INVALID_INPUT",
        `Image '${reference}' is used by container '${user.name}'`,
        {
          hint: "Remove the container first.",
        },
      );
    }
    this.#world.images.delete(fullImageReference(reference));
  }

  #info(image: StoredImage): ImageInfo {
    const references = [...this.#world.images]
      .filter(([, stored]) => stored === image)
      .map(([reference]) => reference);
    const { layer: _, ...info } = image;
    return { ...info, references };
  }
}

/** An image as the in-memory engine keeps it. */
export function toStoredImage(image: MemoryImage, created: Date): StoredImage {
  const layer = image.layer ?? Buffer.from(`layer of ${image.reference}`);
  return withId({
    digests: [],
    size: layer.length,
    created,
    os: "linux",
    architecture: "amd64",
    config: {
      entrypoint: image.entrypoint ?? [],
      cmd: image.cmd ?? [],
      env: image.env ?? [],
      volumes: image.volumes ?? [],
      exposedPorts: image.exposedPorts ?? [],
      labels: image.labels ?? {},
    },
    layer,
  });
}
