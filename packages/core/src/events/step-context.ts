/** What a step of an operation, and whatever waits in it, is given. */
export interface StepContext {
  /** Aborted when the operation is interrupted, times out, or another step failed. */
  signal: AbortSignal;
  progress(message: string, current?: number, total?: number): void;
}
