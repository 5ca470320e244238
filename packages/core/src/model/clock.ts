// oxlint-disable-next-line eslint/no-restricted-imports -- its clock alone, no environment
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { abortError } from "../errors/index.js";

/** Time, injected so that tests need not wait for it. */
export interface Clock {
  /** Milliseconds, monotonic. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's error when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/**
 * Milliseconds since some moment, never backwards. Not by `performance`: its first use loads a dozen
 * modules of Node's.
 */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1_000_000;
}

export const systemClock: Clock = {
  now: monotonicMs,
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, { signal });
    } catch (error) {
      throw signal?.aborted ? abortError(signal) : error;
    }
  },
};
