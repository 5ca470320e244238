import { lstat, readlink } from "node:fs/promises";
import { posix } from "node:path";
import { K3dError } from "@k3d/core/runtime";
import { ignoreMissing } from "../host/json-file.ts";

export interface TreeMount {
  /** Path in the container. */
  destination: string;
  /** Path on the host. */
  source: string;
}

export interface ResolvedPath {
  /** In the container, without symbolic links. */
  path: string;
  hostPath: string;
}

const MAX_LINKS = 40;

/**
 * The file system of a container as its processes see it, reached from the
 * host. Symbolic links are followed within it, never out of it.
 */
export class ContainerTree {
  readonly #root: string;
  readonly #mounts: readonly TreeMount[];

  /**
   * @param root the root file system; `/proc/PID/root` shows that of a running container with all it has mounted.
   * @param mounts what is mounted over it in the container and is not to be seen below `root`.
   */
  constructor(root: string, mounts: readonly TreeMount[] = []) {
    this.#root = root;
    this.#mounts = mounts;
  }

  /** The host path for a path without symbolic links. */
  hostPath(path: string): string {
    const covering = this.#mounts
      .filter(
        ({ destination }) =>
          path === destination || path.startsWith(`${destination.replace(/\/$/, "")}/`),
      )
      .toSorted((one, other) => other.destination.length - one.destination.length)[0];
    const root = covering?.source ?? this.#root;
    const rest = covering === undefined ? path : path.slice(covering.destination.length);
    return rest === "" || rest === "/" ? root : posix.join(root, rest);
  }

  /**
   * Follows symbolic links; what does not exist is taken as it is written.
   *
   * @param options.followLast also of the last part. Default `true`.
   * @throws `INVALID_INPUT` for links that never end.
   */
  async resolve(path: string, options: { followLast?: boolean } = {}): Promise<ResolvedPath> {
    const followLast = options.followLast ?? true;
    const pending = parts(path);
    let current = "/";
    let links = 0;
    for (let part = pending.shift(); part !== undefined; part = pending.shift()) {
      if (part === "..") {
        current = posix.dirname(current);
        continue;
      }
      const candidate = posix.join(current, part);
      const isLast = pending.length === 0;
      const stat =
        isLast && !followLast
          ? undefined
          : await lstat(this.hostPath(candidate)).catch(ignoreMissing);
      if (!stat?.isSymbolicLink()) {
        current = candidate;
        continue;
      }
      links += 1;
      if (links > MAX_LINKS)
        throw new K3dError("INVALID_INPUT", `Too many symbolic links in ${path}`);
      const target = await readlink(this.hostPath(candidate));
      if (target.startsWith("/")) current = "/";
      pending.unshift(...parts(target));
    }
    return { path: current, hostPath: this.hostPath(current) };
  }
}

function parts(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}
