/** Every call that can wait takes these. */
export interface CallOptions {
  /**
   * Stops the call as soon as possible. The call rejects with `ABORTED` (or
   * with the K3dError that was given as abort reason). What was asked of the
   * engine may still take effect; inspect to know.
   */
  signal?: AbortSignal;
}

/** Label filter: every entry must match; an empty value matches any value of that key. */
export type LabelSelector = Record<string, string>;

export interface ListOptions extends CallOptions {
  labels?: LabelSelector;
}
