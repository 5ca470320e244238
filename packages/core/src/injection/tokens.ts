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
  lifecycle: Symbol.for("k3d:lifecycle"),
  kube: Symbol.for("k3d:kube-clients"),
  /** All of these in one, as `Collaborators`. */
  collaborators: Symbol.for("k3d:collaborators"),
} as const;
