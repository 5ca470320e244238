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
  /** Whether a path exists on this machine; used only where bind mounts see it. */
  pathExists(path: string): Promise<boolean>;
  /** Reads a text file on this machine. @throws `NOT_FOUND`. */
  readTextFile(path: string): Promise<string>;
  /** The caller's own proxy, from `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. */
  proxy: { http?: string; https?: string; noProxy?: string };
}
