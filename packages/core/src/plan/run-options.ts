import type { ResolvedConfig } from "../config/resolved-config.js";

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
  const { wait, waitFor, timeoutMs, disableRollback } = options.k3d;
  const { updateDefaultKubeconfig: update, switchCurrentContext: switchContext } =
    options.kubeconfig;
  return {
    wait,
    waitFor,
    timeoutMs,
    rollback: !disableRollback,
    kubeconfig: { update, switchContext },
  };
}
