import type { EntrypointFixes } from "../node/entrypoint.js";

/**
 * Tokens of what core's operations are given. Symbols from the global
 * registry, so that two copies of core agree on them.
 */
export const TOKENS = {
  runtime: Symbol.for("k3d:runtime"),
  events: Symbol.for("k3d:events"),
  clock: Symbol.for("k3d:clock"),
  kubeconfigStore: Symbol.for("k3d:kubeconfig-store"),
  ports: Symbol.for("k3d:port-picker"),
  settings: Symbol.for("k3d:settings"),
} as const;

/** What the surroundings say; the composition root reads it from the environment. */
export interface CoreSettings {
  /** k3d's own version. */
  version: string;
  images: { loadBalancer: string; registry: string };
  /** Parts of the nodes' boot script; `K3D_FIX_*` switch them. */
  fixes: EntrypointFixes;
  /** This process, by which another one can tell whether a creation goes on. Absent: it cannot be told. */
  process?: ProcessIdentity;
  /** Names of the clusters on other runtimes that answer. Absent: there are no others. */
  otherClusters?: () => Promise<ReadonlySet<string>>;
  /** Directories with a kubeconfig file per cluster, `kubeconfig-<cluster>.yaml`. */
  kubeconfigDirectories?: readonly string[];
  /** Whether a path exists on this machine; used only where bind mounts see it. */
  pathExists(path: string): Promise<boolean>;
  /**
   * Makes a directory on this machine, with those above it that are missing.
   *
   * @returns what removes again those that it made, unless there is something in them.
   * @throws `INVALID_INPUT` when it cannot be made.
   */
  makeDirectory(path: string): Promise<() => Promise<void>>;
  /** Reads a text file on this machine. @throws `NOT_FOUND`. */
  readTextFile(path: string): Promise<string>;
  /** The caller's own proxy, from `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. */
  proxy: { http?: string; https?: string; noProxy?: string };
}

/** A process, told from all others on all machines. */
export interface ProcessIdentity {
  /** Holds no `@`. */
  id: string;
  /** Whether the process of that id runs; `undefined` when it cannot be told, as for another machine. */
  isRunning(id: string): Promise<boolean | undefined>;
}
