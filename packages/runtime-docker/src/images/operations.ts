import type { Readable } from "node:stream";
import {
  K3dError,
  untilAborted,
  type CallOptions,
  type ImageInfo,
  type ImageOperations,
  type ImageSummary,
  type PullOptions,
  type SaveOptions,
} from "@k3d/core/runtime";
import type { Engine } from "../engine/engine.js";
import { translated } from "../engine/streams.js";
import { toImage, toImageSummary } from "./from-native.js";
import { loadArchive } from "./load.js";
import { pullImage, type CredentialSource } from "./pull.js";

/** Images of a Docker engine. */
export class DockerImages implements ImageOperations {
  readonly #engine: Engine;
  readonly #credentials: CredentialSource;

  constructor(engine: Engine, credentials: CredentialSource) {
    this.#engine = engine;
    this.#credentials = credentials;
  }

  async inspect(reference: string, { signal }: CallOptions = {}): Promise<ImageInfo> {
    return toImage(
      await this.#engine.call("inspect", "image", reference, signal, (options) =>
        this.#engine.docker.getImage(reference).inspect(options),
      ),
    );
  }

  async list({ signal }: CallOptions = {}): Promise<ImageSummary[]> {
    const images = await this.#engine.call("list the images of", "engine", "", signal, (options) =>
      this.#engine.docker.listImages(options),
    );
    return images.map(toImageSummary);
  }

  pull(reference: string, options: PullOptions = {}): Promise<void> {
    return pullImage(this.#engine, this.#credentials, reference, options);
  }

  async save(references: string[], { signal, platform }: SaveOptions = {}): Promise<Readable> {
    const images = await Promise.all(
      references.map((reference) => this.inspect(reference, { signal })),
    );
    const severalPlatforms = this.#engine.speaks("1.48");
    if (platform !== undefined && !severalPlatforms) {
      images.forEach((image, index) => checkPlatform(references[index] as string, image, platform));
    }
    const [os, architecture, variant] = platform?.split("/") ?? [];
    const stream = await this.#engine.call(
      "save",
      "image",
      references.join(", "),
      signal,
      (options) =>
        this.#engine.docker.getImages({
          ...options,
          names: references,
          ...(platform !== undefined && severalPlatforms
            ? { platform: { os, architecture, ...(variant ? { variant } : {}) } }
            : {}),
        }),
    );
    const operation = { verb: "save", kind: "image", name: references.join(", ") } as const;
    return untilAborted(translated(stream, operation, signal), signal);
  }

  load(archive: Readable, options: CallOptions = {}): Promise<string[]> {
    return loadArchive(this.#engine, archive, options);
  }

  async remove(
    reference: string,
    { signal, force = false }: CallOptions & { force?: boolean } = {},
  ): Promise<void> {
    await this.#engine.call("remove", "image", reference, signal, (options) =>
      this.#engine.docker.getImage(reference).remove({ ...options, force }),
    );
  }
}

/** Engines before 28 keep one platform of an image. */
function checkPlatform(reference: string, image: ImageInfo, platform: string): void {
  const [os, architecture, variant] = platform.split("/");
  if (
    image.os === os &&
    image.architecture === architecture &&
    (!variant || !image.variant || image.variant === variant)
  )
    return;
  throw new K3dError(
    "IMAGE_NOT_FOUND",
    `Image '${reference}' is present for ${image.os}/${image.architecture} only, not for ${platform}`,
    {
      hint: "Pull it for that platform first.",
    },
  );
}
