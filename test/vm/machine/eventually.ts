import { setTimeout as pause } from "node:timers/promises";

/**
 * Asks again, once a second, until the answer is right.
 *
 * @param what for the message
 * @param check throws while it is not
 * @throws Error with the last reason when the time is over
 */
export async function eventually<T>(
  what: string,
  minutes: number,
  check: () => Promise<T>,
): Promise<T> {
  const end = Date.now() + minutes * 60_000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`${what}: not within ${minutes} minutes: ${reason}`, { cause: error });
      }
      await pause(1000);
    }
  }
}
