const INTERVAL_MS = 25;

/**
 * Runs `attempt` until it neither throws nor returns `undefined`.
 *
 * @throws what the last attempt threw, after `limitMs`.
 */
export async function eventually<T>(
  attempt: () => Promise<T | undefined> | T | undefined,
  limitMs = 15_000,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    try {
      const result = await attempt();
      if (result !== undefined) return result;
      if (Date.now() > deadline) throw new Error(`the condition did not hold within ${limitMs} ms`);
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}
