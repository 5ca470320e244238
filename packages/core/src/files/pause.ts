import { setTimeout as delay } from "node:timers/promises";
import { abortError } from "../errors/index.js";

/** Waits. @throws K3dError `ABORTED` as soon as the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    throw signal?.aborted ? abortError(signal) : error;
  }
}
