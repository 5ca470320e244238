import { setTimeout as delay } from "node:timers/promises";
import { abortError } from "@k3d/core/runtime";

/** Milliseconds before the second, third … attempt; three seconds in all. */
const PAUSES = [50, 100, 200, 400, 800, 1600] as const;

/**
 * Repeats `attempt` while its result is transient, a bounded number of times,
 * with growing pauses that are spread so that competing processes get apart.
 *
 * @throws `ABORTED`.
 */
export async function retryWhile<T>(
  isTransient: (result: T) => boolean,
  attempt: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  let result = await attempt();
  for (const pause of PAUSES) {
    if (!isTransient(result)) break;
    await delay(pause * (0.5 + Math.random()), undefined, { signal }).catch((error: unknown) => {
      throw signal?.aborted ? abortError(signal) : error;
    });
    result = await attempt();
  }
  return result;
}
