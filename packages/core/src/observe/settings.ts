import type { ProcessIdentity } from "../model/process-identity.js";
import type { EntrypointFixes } from "../node/entrypoint.js";

/** What the surroundings say; the composition root reads it from the environment. */
export interface CoreSettings {
  /** k3d's own version. */
  version: string;
  images: { loadBalancer: string; registry: string };
  /** Parts of the nodes' boot script; `K3D_FIX_*` switch them. */
  fixes: EntrypointFixes;
  /** This process, by which another one can tell whether a creation goes on. Absent: it cannot be told. */
  process?: ProcessIdentity;
  /** The cluster whose hook has called this process, so that a command that works on it waits for this one. */
  hookOf?: string | undefined;
  /** Clusters on other runtimes that answer: name → runtime. Absent: there are no others. */
  otherClusters?: () => Promise<ReadonlyMap<string, string>>;
  /** Directories with a kubeconfig file per cluster, `kubeconfig-<cluster>.yaml`. */
  kubeconfigDirectories?: readonly string[];
  /** Where this user's snapshots of clusters are; made when the first one is. */
  snapshotDirectory: string;
  /**
   * A directory of this user alone, in which commands that change one cluster wait for each other. Absent: they do not.
   */
  turnDirectory?: string | undefined;
  /** Whether a port of this machine is free; absent where that cannot be told. No host: all addresses. */
  isPortFree?(port: number, hostIp: string | undefined, protocol: "tcp" | "udp"): Promise<boolean>;
  /** Which process of this machine has a port, for people; `undefined` where that cannot be told. */
  portOwner?(port: number, protocol: "tcp" | "udp"): Promise<string | undefined>;
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
