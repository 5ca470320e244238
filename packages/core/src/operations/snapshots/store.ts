import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isK3dError, K3dError, shorten } from "../../errors/index.js";
import { notRead } from "../../files/index.js";
import { makeDirectories } from "../../files/make-directories.js";
import { nearest } from "../../model/nearest.js";
import type { ProcessIdentity } from "../../model/process-identity.js";
import { FILES, type ImageIndex, type ImageManifest } from "../images/archive/documents.js";
import { blobPath, shareBlobs } from "./blobs.js";
import {
  damagedSnapshot,
  parseSnapshotDocument,
  SNAPSHOT_ARTIFACT,
  type SnapshotDocument,
} from "./document.js";
import { takeTurn } from "../turns/turn.js";
import { toNoSpace } from "./full-disk.js";

/** A snapshot on this machine. */
export interface StoredSnapshot {
  document: SnapshotDocument;
  /** Directory of its OCI image layout. */
  layout: string;
  index: ImageIndex;
  /** Bytes of all of its blobs; what it shares with other snapshots counts. */
  size: number;
}

/** Begins what snapshots cannot begin with. */
const TAKING = ".taking-";
const DRAFT = ".draft-";
/** In the place of a process: nobody works on it any more. */
const GOING = "gone";

/**
 * The snapshots of one user: a directory of OCI image layouts, readable for that user alone. Blobs that
 * several have are one file with several names. One that is being written has a name that no snapshot
 * can have, and gets its own when it is whole.
 */
export class SnapshotStore {
  constructor(
    private readonly directory: string,
    private readonly owner?: ProcessIdentity,
  ) {}

  /** All that can be read, by name; `onDamaged` is told of the others. */
  async list(onDamaged: (error: unknown) => void = () => {}): Promise<StoredSnapshot[]> {
    const found: StoredSnapshot[] = [];
    for (const name of await this.#names()) {
      try {
        found.push(await readLayout(join(this.directory, name), name));
      } catch (error) {
        onDamaged(error);
      }
    }
    return found;
  }

  /** @throws `NOT_FOUND`, with the nearest name; `INVALID_INPUT` when it is damaged. */
  async get(name: string): Promise<StoredSnapshot> {
    return readLayout(join(this.directory, await this.#present(name)), name);
  }

  /** @throws `ALREADY_EXISTS`, `INVALID_INPUT` for what is no name. */
  async checkFree(name: string): Promise<void> {
    checkSnapshotName(name);
    if ((await this.#names()).includes(name)) throw taken(name);
  }

  /**
   * Has a cluster alone until the function that it returns is called.
   *
   * @throws `LOCKED` while another command takes a snapshot of it.
   */
  async holdCluster(cluster: string, server: string): Promise<() => Promise<void>> {
    if (this.owner === undefined) return () => Promise.resolve();
    try {
      await mkdir(this.directory, { recursive: true, mode: 0o700 });
      // By its first server: several engines may have a cluster of one name.
      const path = join(this.directory, `${TAKING}${server.replaceAll(/[^\w-]/g, "-")}`);
      const turn = { path, taken: `Another command is taking a snapshot of cluster '${cluster}'` };
      return await takeTurn(turn, this.owner);
    } catch (error) {
      throw isK3dError(error) ? error : unwritable(error, this.directory);
    }
  }

  /** A layout to fill; `publish` or `discard` it. */
  async begin(): Promise<string> {
    try {
      await makeDirectories(this.directory, { mode: 0o700 });
      await this.#sweep();
      const layout = join(this.directory, `${DRAFT}${this.owner?.id ?? "?"}@${randomUUID()}`);
      await mkdir(join(layout, "blobs", "sha256"), { recursive: true, mode: 0o700 });
      return layout;
    } catch (error) {
      throw unwritable(error, this.directory);
    }
  }

  /** Gives a filled layout its name. @throws `ALREADY_EXISTS` when another command was faster, `INVALID_INPUT` when it is not whole. */
  async publish(layout: string, name: string): Promise<StoredSnapshot> {
    checkSnapshotName(name);
    const filled = await readLayout(layout, name);
    const others = (await this.#names()).map((other) => join(this.directory, other));
    await shareBlobs(layout, others);
    const target = join(this.directory, name);
    try {
      await rename(layout, target);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOTEMPTY" || code === "EEXIST") throw taken(name);
      throw unwritable(error, target);
    }
    return { ...filled, layout: target };
  }

  async discard(layout: string): Promise<void> {
    await rm(layout, { recursive: true, force: true });
  }

  /** @throws `NOT_FOUND`, with the nearest name. */
  async checkPresent(names: readonly string[]): Promise<void> {
    for (const name of names) await this.#present(name);
  }

  /** @throws `NOT_FOUND`, with the nearest name. */
  async delete(name: string): Promise<void> {
    const present = join(this.directory, await this.#present(name));
    // Cut off half-way, what is left is no snapshot any more.
    const going = join(this.directory, `${DRAFT}${GOING}@${randomUUID()}`);
    await rename(present, going);
    await rm(going, { recursive: true, force: true });
  }

  async #present(name: string): Promise<string> {
    const names = await this.#names();
    if (names.includes(name)) return name;
    const close = nearest(name, names);
    throw new K3dError("NOT_FOUND", `Snapshot '${shorten(name)}' does not exist`, {
      hint:
        close === undefined
          ? "List them with: k3d cluster snapshot list"
          : `Did you mean '${close}'?`,
    });
  }

  async #names(): Promise<string[]> {
    const entries = await readdir(this.directory, { withFileTypes: true }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return [];
        throw unreadable(error, this.directory);
      },
    );
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map(({ name }) => name)
      .toSorted();
  }

  /** Removes what commands left that are not there any more. */
  async #sweep(): Promise<void> {
    const entries = await readdir(this.directory);
    for (const entry of entries.filter((name) => name.startsWith(DRAFT))) {
      const id = entry.slice(DRAFT.length).split("@")[0] ?? "";
      const isOver = id === GOING || (await this.owner?.isRunning(id)) === false;
      if (isOver) await rm(join(this.directory, entry), { recursive: true, force: true });
    }
  }
}

/** @throws `INVALID_INPUT`. */
export function checkSnapshotName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name)) return;
  throw new K3dError("INVALID_INPUT", `'${shorten(name)}' is not a valid name for a snapshot`, {
    hint: "Use letters, digits, dots, hyphens and underscores, at most 63, with a letter or digit first.",
  });
}

/** Writes the documents at the top of a layout; from then on it is one. */
export async function writeIndex(layout: string, index: ImageIndex): Promise<void> {
  try {
    const files = { [FILES.index]: index, [FILES.layout]: { imageLayoutVersion: "1.0.0" } };
    for (const [name, content] of Object.entries(files))
      await writeFile(join(layout, name), JSON.stringify(content), { mode: 0o600 });
  } catch (error) {
    throw toNoSpace(error, layout);
  }
}

/** Reads what a layout says, and looks that all it names is there. @throws `INVALID_INPUT`. */
export async function readLayout(layout: string, source: string): Promise<StoredSnapshot> {
  const read = async (path: string, what: string): Promise<string> =>
    readFile(path, "utf8").catch(() => {
      throw damagedSnapshot(source, `its ${what} cannot be read`);
    });
  const json = <T>(text: string, what: string): T => {
    try {
      return JSON.parse(text) as T;
    } catch {
      throw damagedSnapshot(source, `its ${what} is not valid JSON`);
    }
  };
  const index = json<ImageIndex>(await read(join(layout, FILES.index), "index"), "index");
  const artifact = index.manifests?.find(({ artifactType }) => artifactType === SNAPSHOT_ARTIFACT);
  if (artifact === undefined) throw damagedSnapshot(source, "it is not a snapshot of a cluster");
  const text = await read(blobPath(layout, artifact.digest), "manifest");
  const manifest = json<ImageManifest>(text, "manifest");
  const document = parseSnapshotDocument(
    await read(blobPath(layout, manifest.config?.digest ?? ""), "description"),
    source,
  );
  for (const { digest, size } of document.data) {
    const found = await stat(blobPath(layout, digest)).catch(() => undefined);
    if (found?.size !== size) throw damagedSnapshot(source, `it lacks blob ${digest}`);
  }
  const sizes = await Promise.all(
    (await readdir(join(layout, "blobs", "sha256"))).map(
      async (name) => (await stat(join(layout, "blobs", "sha256", name))).size,
    ),
  );
  return { document, layout, index, size: sizes.reduce((sum, size) => sum + size, 0) };
}

function taken(name: string): K3dError {
  return new K3dError("ALREADY_EXISTS", `Snapshot '${name}' exists already`, {
    hint: `Choose another name, or delete it with: k3d cluster snapshot delete ${name}`,
  });
}

function unwritable(error: unknown, path: string): unknown {
  const known = toNoSpace(error, path);
  if (known !== error) return known;
  return new K3dError("INVALID_INPUT", `${path} cannot be written: ${(error as Error).message}`, {
    hint: "Set XDG_DATA_HOME to a directory that you may write to.",
    cause: error,
  });
}

function unreadable(error: Error, path: string): K3dError {
  return notRead(path, error, { hint: "Set XDG_DATA_HOME to a directory of yours." });
}
