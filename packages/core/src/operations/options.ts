export interface OperationOptions {
  signal?: AbortSignal;
}

export interface WaitOptions extends OperationOptions {
  /** Wait until ready. Default `true`. */
  wait?: boolean;
  /** Milliseconds; 0 or absent: the default of five minutes. */
  timeoutMs?: number;
}
