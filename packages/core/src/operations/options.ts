import type { ResolvedHook } from "../config/resolved-config.js";
import type { WaitLevel } from "../readiness/usable.js";

export interface OperationOptions {
  signal?: AbortSignal | undefined;
}

/** Of operations on a cluster that exists. */
export interface HookOptions extends OperationOptions {
  /**
   * Hooks of the config file that the caller names; an empty list: none. Default: those for nodes that
   * the cluster keeps.
   */
  hooks?: readonly ResolvedHook[] | undefined;
}

export interface WaitOptions extends OperationOptions {
  /** Wait until ready. Default `true`. */
  wait?: boolean;
  /** How far it has to be. Default `usable`. */
  waitFor?: WaitLevel;
  /** Milliseconds; 0 or absent: the default of five minutes. */
  timeoutMs?: number;
}

export interface StartOptions extends WaitOptions, HookOptions {
  /** First make the one server that is left the only member of its etcd. Default `false`. */
  resetEtcd?: boolean;
}
