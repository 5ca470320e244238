import { setTimeout as sleep } from "node:timers/promises";

/**
 * Asks until the answer is neither undefined nor false, and returns that answer;
 * undefined when the time is over.
 *
 * @param timeout milliseconds
 * @param interval milliseconds between two questions
 */
export async function poll<T>(
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  timeout: number,
  interval = 50,
): Promise<T | undefined> {
  const deadline = Date.now() + timeout;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() >= deadline) return undefined;
    await sleep(interval);
  }
}
