import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { isK3dError, K3dError } from "../errors/index.js";
import { isImageId } from "../image/index.js";
import type { CallOptions } from "../runtime/common.js";
import type {
  ImageInfo,
  ImageOperations,
  ImageSummary,
  PullOptions,
  SaveOptions,
} from "../runtime/images.js";
import type { Engines, Reached } from "./engines.js";

/** Images of all machines: one is there when every machine that answers has it. */
export class MachineImages implements ImageOperations {
  readonly #engines: Engines;

  constructor(engines: Engines) {
    this.#engines = engines;
  }

  /** An id is one machine's: engines that keep images in other ways give one image other ids. */
  async inspect(reference: string, options?: CallOptions): Promise<ImageInfo> {
    const how = isImageId(reference) ? "having" : "all";
    const [found] = await this.#engines[how](
      ({ engine }) => engine.images.inspect(reference, options),
      options,
    );
    if (found === undefined) throw noSuchImage(reference);
    return found.value;
  }

  async list(options?: CallOptions): Promise<ImageSummary[]> {
    const answers = await this.#engines.looking(
      ({ engine }) => engine.images.list(options),
      options,
    );
    // The first machine's word counts and comes first, as with one image.
    const images = new Map<string, ImageSummary>();
    for (const image of answers.flatMap(({ value }) => value))
      if (!images.has(image.id)) images.set(image.id, image);
    return [...images.values()];
  }

  /** Only where it is missing. */
  async pull(reference: string, options: PullOptions = {}): Promise<void> {
    const { onProgress, signal } = options;
    await this.#engines.all(async ({ name, engine }) => {
      if (options.platform === undefined && (await has(engine, reference, { signal }))) return;
      await engine.images.pull(reference, {
        ...options,
        onProgress: (progress) =>
          onProgress?.({ ...progress, message: `${name}: ${progress.message}` }),
      });
    }, options);
  }

  /** From the first machine that has them all. */
  async save(references: string[], options?: SaveOptions): Promise<Readable> {
    let missing: unknown;
    for (const { engine } of this.#engines.reached) {
      try {
        return await engine.images.save(references, options);
      } catch (error) {
        if (!isK3dError(error, "IMAGE_NOT_FOUND")) throw error;
        missing ??= error;
      }
    }
    throw missing ?? this.#engines.lost ?? new K3dError("INTERNAL", "No machine was named");
  }

  /** Into every machine, from one reading: the slowest sets the pace. */
  async load(archive: Readable, options?: CallOptions): Promise<string[]> {
    const { reached } = this.#engines;
    const branches = reached.map(() => new PassThrough());
    const loads = reached.map(({ engine }, index) =>
      engine.images.load(branches[index] as Readable, options),
    );
    const fed = pipeline(archive, async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) await Promise.all(branches.map((to) => written(to, chunk)));
      for (const branch of branches) branch.end();
    }).catch((error: unknown) => {
      for (const branch of branches) branch.destroy(error as Error);
      throw error;
    });
    const outcomes = await Promise.allSettled([...loads, fed]);
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    const [first] = outcomes as PromiseFulfilledResult<string[]>[];
    return first?.value ?? [];
  }

  async remove(...[reference, options]: Parameters<ImageOperations["remove"]>): Promise<void> {
    const removed = await this.#engines.having(
      ({ engine }) => engine.images.remove(reference, options),
      options,
    );
    if (removed.length > 0) return;
    throw noSuchImage(reference);
  }
}

const noSuchImage = (reference: string): K3dError =>
  new K3dError("IMAGE_NOT_FOUND", `No such image: ${reference}`);

async function has(
  engine: Reached["engine"],
  reference: string,
  options: CallOptions,
): Promise<boolean> {
  try {
    await engine.images.inspect(reference, options);
    return true;
  } catch (error) {
    if (isK3dError(error, "IMAGE_NOT_FOUND")) return false;
    throw error;
  }
}

/** Resolves when there is room for more. An engine that reads no further holds nobody up: its own call fails. */
async function written(to: PassThrough, chunk: Buffer): Promise<void> {
  if (to.destroyed || to.write(chunk)) return;
  await new Promise<void>((resolve) => {
    to.once("drain", resolve);
    to.once("close", resolve);
  });
}
