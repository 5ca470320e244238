const SHORTEST_PAUSE_MS = 25;

/**
 * Runs `attempt` until it neither throws nor returns `undefined`. Each pause is as long as the
 * attempt before it, so that an engine whose calls cost much is not kept busy by being asked.
 *
 * @throws what the last attempt threw, after `limitMs`.
 */
export async function eventually<T>(
  attempt: () => Promise<T | undefined> | T | undefined,
  limitMs: number,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const asked = Date.now();
    try {
      const result = await attempt();
      if (result !== undefined) return result;
      if (Date.now() > deadline) throw new Error(`the condition did not hold within ${limitMs} ms`);
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    const pause = Math.max(SHORTEST_PAUSE_MS, Date.now() - asked);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
