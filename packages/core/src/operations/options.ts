import type { WaitLevel } from "../readiness/usable.js";

export interface OperationOptions {
  signal?: AbortSignal | undefined;
}

export interface WaitOptions extends OperationOptions {
  /** Wait until ready. Default `true`. */
  wait?: boolean;
  /** How far it has to be. Default `usable`. */
  waitFor?: WaitLevel;
  /** Milliseconds; 0 or absent: the default of five minutes. */
  timeoutMs?: number;
}

export interface StartOptions extends WaitOptions {
  /** First make the one server that is left the only member of its etcd. Default `false`. */
  resetEtcd?: boolean;
}
