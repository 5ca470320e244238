import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import {
  fullImageReference,
  isImageId,
  isSameImageReference,
  K3dError,
  throwIfAborted,
  untilAborted,
  type CallOptions,
  type ImageInfo,
  type ImageOperations,
  type ImageSummary,
  type PullOptions,
  type SaveOptions,
} from "@k3d/core/runtime";
import { withSource } from "../host/with-source.ts";
import type { Settings } from "../host/settings.ts";
import type { ContainerRecords } from "../store/records.ts";
import { Scratch } from "../store/scratch.ts";
import type { Paths } from "../store/paths.ts";
import { spoolArchive } from "./archive-reader.ts";
import { writeDockerArchive } from "./archive-writer.ts";
import { imageInfo } from "./from-native.ts";
import type { ImageStore, StoredImage } from "./image-store.ts";
import { skopeoCopy } from "./skopeo.ts";
import { unpackedPath } from "./unpack.ts";

export class OciImages implements ImageOperations {
  readonly #store: ImageStore;
  readonly #records: ContainerRecords;
  readonly #paths: Paths;
  readonly #settings: Settings;
  /** Variables that tell skopeo where proxies and credentials are. */
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor(parts: {
    store: ImageStore;
    records: ContainerRecords;
    paths: Paths;
    settings: Settings;
    env: Readonly<Record<string, string | undefined>>;
  }) {
    this.#store = parts.store;
    this.#records = parts.records;
    this.#paths = parts.paths;
    this.#settings = parts.settings;
    this.#env = parts.env;
  }

  async inspect(reference: string, options: CallOptions = {}): Promise<ImageInfo> {
    throwIfAborted(options.signal);
    return imageInfo(await this.#store.find(reference));
  }

  async list(options: CallOptions = {}): Promise<ImageSummary[]> {
    throwIfAborted(options.signal);
    return (await this.#store.all()).map((image) => {
      const { id, references, digests, size, created, config } = imageInfo(image);
      return {
        id,
        references,
        digests,
        size,
        created,
        labels: config.labels,
      };
    });
  }

  async pull(reference: string, options: PullOptions = {}): Promise<void> {
    throwIfAborted(options.signal);
    const full = fullImageReference(reference);
    await this.#receive(`docker://${full}`, [full], options);
  }

  async save(references: string[], options: SaveOptions = {}): Promise<Readable> {
    throwIfAborted(options.signal);
    const byImage = new Map<string, { image: StoredImage; references: string[] }>();
    for (const reference of references) {
      const image = await this.#store.find(reference);
      const { os, architecture, variant } = image.config;
      if (
        options.platform !== undefined &&
        !isPlatform(options.platform, [os, architecture, variant])
      ) {
        throw new K3dError(
          "IMAGE_NOT_FOUND",
          `Image '${reference}' is not in the store for platform ${options.platform}`,
        );
      }
      const entry = byImage.get(image.id) ?? { image, references: [] };
      if (!isImageId(reference)) entry.references.push(fullImageReference(reference));
      byImage.set(image.id, entry);
    }
    const archive = await writeDockerArchive(this.#store, [...byImage.values()]);
    return untilAborted(archive, options.signal);
  }

  async load(archive: Readable, options: CallOptions = {}): Promise<string[]> {
    return await withSource(archive, () => this.#load(archive, options));
  }

  async #load(archive: Readable, options: CallOptions): Promise<string[]> {
    throwIfAborted(options.signal);
    const directory = await new Scratch(this.#paths.tmp).make("load");
    try {
      const loaded: string[] = [];
      for (const { source, references } of await spoolArchive(
        archive,
        join(directory, "archive.tar"),
        options.signal,
      )) {
        const full = references.map(fullImageReference);
        const id = await this.#receive(source, full, options);
        loaded.push(...(full.length > 0 ? full : [id]));
      }
      return loaded;
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  async remove(reference: string, options: CallOptions & { force?: boolean } = {}): Promise<void> {
    throwIfAborted(options.signal);
    const image = await this.#store.find(reference);
    const isUsed = async () =>
      (await this.#records.all()).some(({ imageId }) => imageId === image.id);
    const names = isImageId(reference)
      ? [...image.references, ""]
      : image.references.filter((name) => isSameImageReference(name, reference));
    const isLast = names.length >= image.references.length;
    if (isLast && !options.force && (await isUsed())) {
      throw new K3dError("RUNTIME_ERROR", `Image '${reference}' is used by a container`, {
        hint: "Remove the container first",
      });
    }
    const { gone } = await this.#store.untag(image, names);
    if (gone && !(await isUsed()))
      await rm(unpackedPath(this.#paths, image.id), { recursive: true, force: true });
  }

  async #receive(source: string, references: string[], options: PullOptions): Promise<string> {
    return await this.#store.receive(
      (layout, name, tmp) =>
        skopeoCopy({
          source,
          layout,
          name,
          platform: options.platform,
          env: this.#skopeoEnv(),
          tmp,
          signal: options.signal,
          onProgress: options.onProgress,
        }),
      references,
      options.signal,
    );
  }

  #skopeoEnv(): Record<string, string> {
    const passed = Object.entries(this.#env).filter(([name]) =>
      /^(?:HOME|XDG_RUNTIME_DIR|REGISTRY_AUTH_FILE|DOCKER_CONFIG|(?:https?|no|all)_proxy|SSL_CERT_\w+)$/i.test(
        name,
      ),
    );
    const env = Object.fromEntries(
      passed.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
    return { ...env, PATH: this.#settings.path };
  }
}

function isPlatform(
  platform: string,
  [os, architecture, variant]: (string | undefined)[],
): boolean {
  const [wantedOs, wantedArchitecture, wantedVariant] = platform.split("/");
  return (
    wantedOs === os &&
    wantedArchitecture === architecture &&
    (wantedVariant === undefined || wantedVariant === variant)
  );
}
