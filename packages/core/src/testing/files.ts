import { posix } from "node:path";

/** A file, directory or symbolic link. */
export interface MemoryFile {
  type: "file" | "directory" | "symlink";
  /** Contents of a file. */
  data: Buffer;
  /** Target of a symbolic link. */
  target?: string;
  mode: number;
  uid: number;
  gid: number;
  mtime: Date;
}

/** One tree of files; paths are absolute within it. */
export class MemoryTree {
  readonly entries = new Map<string, MemoryFile>();

  constructor() {
    this.entries.set("/", directory());
  }
}

interface Mount {
  destination: string;
  tree: MemoryTree;
  readOnly: boolean;
}

/** What a container sees: its own tree and those mounted into it. */
export class MemoryFiles {
  readonly #root = new MemoryTree();
  readonly #mounts: Mount[] = [];

  mount(destination: string, tree: MemoryTree, readOnly = false): void {
    this.makeDirectory(destination);
    this.#mounts.push({ destination: normalise(destination), tree, readOnly });
    this.#mounts.sort((a, b) => b.destination.length - a.destination.length);
  }

  get(path: string): MemoryFile | undefined {
    const { tree, inner } = this.#locate(path);
    return tree.entries.get(inner);
  }

  /** @throws on a read-only mount. */
  set(path: string, file: MemoryFile): void {
    this.makeDirectory(posix.dirname(normalise(path)));
    const { tree, inner, readOnly } = this.#locate(path);
    if (readOnly) throw new Error(`${path}: read-only file system`);
    tree.entries.set(inner, file);
  }

  /** Creates the directory and those above it, where they are missing. */
  makeDirectory(path: string): void {
    const { tree, inner } = this.#locate(path);
    const parts = inner.split("/").filter(Boolean);
    for (let length = 1; length <= parts.length; length++) {
      const at = `/${parts.slice(0, length).join("/")}`;
      if (!tree.entries.has(at)) tree.entries.set(at, directory());
    }
  }

  /** Text of a file; `undefined` when there is none. */
  readText(path: string): string | undefined {
    const file = this.get(path);
    return file?.type === "file" ? file.data.toString("utf8") : undefined;
  }

  writeText(path: string, text: string, mode = 0o644): void {
    this.set(path, {
      type: "file",
      data: Buffer.from(text),
      mode,
      uid: 0,
      gid: 0,
      mtime: new Date(),
    });
  }

  remove(path: string): void {
    for (const [entry] of this.walk(path)) {
      const { tree, inner } = this.#locate(entry);
      tree.entries.delete(inner);
    }
  }

  /** The entry at `path` and all below it, parents first. */
  *walk(path: string): Generator<[path: string, file: MemoryFile]> {
    const top = normalise(path);
    const prefix = top === "/" ? "/" : `${top}/`;
    const seen = new Map<string, MemoryFile>();
    for (const { destination, tree } of [
      { destination: "/", tree: this.#root },
      ...this.#mounts.toReversed(),
    ]) {
      for (const [inner, file] of tree.entries) {
        const full = normalise(posix.join(destination, inner));
        if (full === top || full.startsWith(prefix)) seen.set(full, file);
      }
    }
    yield* [...seen].toSorted(([a], [b]) => (a < b ? -1 : 1));
  }

  #locate(path: string): { tree: MemoryTree; inner: string; readOnly: boolean } {
    const full = normalise(path);
    const mount = this.#mounts.find(
      ({ destination }) => full === destination || full.startsWith(`${destination}/`),
    );
    if (!mount) return { tree: this.#root, inner: full, readOnly: false };
    return {
      tree: mount.tree,
      inner: full.slice(mount.destination.length) || "/",
      readOnly: mount.readOnly,
    };
  }
}

function directory(): MemoryFile {
  return {
    type: "directory",
    data: Buffer.alloc(0),
    mode: 0o755,
    uid: 0,
    gid: 0,
    mtime: new Date(),
  };
}

export function normalise(path: string): string {
  const normal = posix.normalize(path.startsWith("/") ? path : `/${path}`);
  return normal.length > 1 && normal.endsWith("/") ? normal.slice(0, -1) : normal;
}
