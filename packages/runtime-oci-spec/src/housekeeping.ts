import { lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  throwIfAborted,
  type CallOptions,
  type DiskUsage,
  type HousekeepingOperations,
  type RuntimeLeftover,
} from "@k3d/core/runtime";
import { existsOrIsMade, purgeUnlessAlive, sweepUnfinished } from "./containers/sweep.ts";
import { unpackedPath } from "./images/unpack.ts";
import type { Engine } from "./engine/engine.ts";
import { ignoreMissing } from "./host/json-file.ts";
import { Scratch } from "./store/scratch.ts";

/** How a leftover's id begins, by what it is. */
const KINDS = {
  container: "container:",
  image: "image:",
  scratch: "scratch:",
  blobs: "blobs:",
} as const;

/** Sizes of containers and volumes, and what killed commands left in the runtime's own directories. */
export class OciHousekeeping implements HousekeepingOperations {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async usage({ signal }: CallOptions = {}): Promise<DiskUsage> {
    const { records, volumes } = this.#engine;
    const usage = { containers: new Map<string, number>(), volumes: new Map<string, number>() };
    throwIfAborted(signal);
    for (const { name } of await volumes.all()) {
      throwIfAborted(signal);
      usage.volumes.set(name, await sizeOf(volumes.dataPath(name)));
    }
    for (const { id, anonymousVolumes } of await records.all()) {
      throwIfAborted(signal);
      const own = Object.values(anonymousVolumes).map((name) => usage.volumes.get(name) ?? 0);
      const written = await sizeOf(records.pathsOf(id).upper);
      usage.containers.set(
        id,
        own.reduce((sum, size) => sum + size, written),
      );
    }
    return usage;
  }

  async leftovers({ signal }: CallOptions = {}): Promise<RuntimeLeftover[]> {
    throwIfAborted(signal);
    return [
      ...(await this.#containers()),
      ...(await this.#unpackedImages()),
      ...(await this.#blobs()),
      ...(await this.#scratch()),
    ];
  }

  async removeLeftover(id: string, { signal }: CallOptions = {}): Promise<void> {
    throwIfAborted(signal);
    const { paths, locks } = this.#engine;
    if (id.startsWith(KINDS.container)) {
      await purgeUnlessAlive(this.#engine, id.slice(KINDS.container.length));
    } else if (id.startsWith(KINDS.image)) {
      const hash = id.slice(KINDS.image.length);
      await locks.with(`unpack-${hash.slice(-16)}`, async () => {
        if ((await this.#unusedImages()).includes(hash))
          await rm(unpackedPath(paths, hash), { recursive: true, force: true });
      });
    } else if (id === KINDS.blobs) {
      await this.#engine.images.removeGarbage();
    }
    await sweepUnfinished(this.#engine);
  }

  /** Directories of containers that were never finished, or not wholly removed, and that no command works on. */
  async #containers(): Promise<RuntimeLeftover[]> {
    const { records } = this.#engine;
    const found: RuntimeLeftover[] = [];
    for (const id of await records.ids()) {
      if (await existsOrIsMade(this.#engine, id)) continue;
      const { directory } = records.pathsOf(id);
      found.push({
        id: `${KINDS.container}${id}`,
        name: directory,
        reason: "a command was killed while it made or removed this container",
        size: await sizeOf(directory),
      });
    }
    return found;
  }

  async #unpackedImages(): Promise<RuntimeLeftover[]> {
    const found: RuntimeLeftover[] = [];
    for (const hash of await this.#unusedImages()) {
      const name = unpackedPath(this.#engine.paths, hash);
      found.push({
        id: `${KINDS.image}${hash}`,
        name,
        reason: "its image is gone",
        size: await sizeOf(name),
      });
    }
    return found;
  }

  /** What is stored of images that lost their name to another one, or were never copied whole. */
  async #blobs(): Promise<RuntimeLeftover[]> {
    const { layout } = this.#engine.images;
    const digests = await this.#engine.images.garbage();
    if (digests.length === 0) return [];
    const sizes = digests.map(
      async (digest) => (await layout.blobSize(digest).catch(ignoreMissing)) ?? 0,
    );
    return [
      {
        id: KINDS.blobs,
        name: layout.directory,
        reason: `${digests.length} of its blobs belong to no image`,
        size: (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0),
      },
    ];
  }

  /** Unpacked file systems of images that are gone and that no container has as its root. */
  async #unusedImages(): Promise<string[]> {
    const { paths, images, records } = this.#engine;
    const hashes = (await readdir(paths.unpacked).catch(ignoreMissing)) ?? [];
    const [present, containers] = await Promise.all([images.all(), records.all()]);
    const needed = new Set(
      [...present.map(({ id }) => id), ...containers.map(({ imageId }) => imageId)].map((id) =>
        unpackedPath(paths, id),
      ),
    );
    return hashes.filter((hash) => !needed.has(unpackedPath(paths, hash)));
  }

  async #scratch(): Promise<RuntimeLeftover[]> {
    const { paths } = this.#engine;
    const found: RuntimeLeftover[] = [];
    for (const directory of [paths.tmp, paths.execs]) {
      for (const name of await new Scratch(directory).stale()) {
        const path = join(directory, name);
        found.push({
          id: `${KINDS.scratch}${path}`,
          name: path,
          reason: "the command that used it was killed",
          size: await sizeOf(path),
        });
      }
    }
    return found;
  }
}

/** Bytes of all files below a path; what vanishes meanwhile counts for nothing. */
async function sizeOf(path: string): Promise<number> {
  const entries =
    (await readdir(path, { recursive: true, withFileTypes: true }).catch(ignoreMissing)) ?? [];
  let bytes = 0;
  for (const entry of entries) {
    if (entry.isFile())
      bytes += (await lstat(join(entry.parentPath, entry.name)).catch(ignoreMissing))?.size ?? 0;
  }
  return bytes;
}
