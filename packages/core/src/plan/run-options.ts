import { parseDuration } from "../config/durations.js";
import type { ResolvedConfig } from "../config/simple-config.js";

/** How a cluster is made or changed, as opposed to what it shall be. */
export interface RunOptions {
  /** Wait until the cluster is as far as `waitFor` says. */
  wait: boolean;
  waitFor: "registered" | "usable" | "ready";
  /** Milliseconds for all that is waited for; absent: the default. */
  timeoutMs?: number;
  /** Undo what was made when something fails. */
  rollback: boolean;
  kubeconfig: { update: boolean; switchContext: boolean };
}

export function runOptions({ options }: ResolvedConfig): RunOptions {
  const ms = options.k3d.timeout === undefined ? 0 : parseDuration(options.k3d.timeout);
  return {
    wait: options.k3d.wait,
    waitFor: "usable",
    ...(ms > 0 ? { timeoutMs: ms } : {}),
    rollback: !options.k3d.disableRollback,
    kubeconfig: {
      update: options.kubeconfig.updateDefaultKubeconfig,
      switchContext: options.kubeconfig.switchCurrentContext,
    },
  };
}
