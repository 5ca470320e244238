import { readFile, stat } from "node:fs/promises";
import { PATIENCE } from "../../../../test/patience.ts";

/** The condition, asked again until it holds. */
export async function eventually<T>(
  probe: () => Promise<T | undefined>,
  limitMs = 20_000 * PATIENCE,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const result = await probe();
    if (result !== undefined) return result;
    if (performance.now() > deadline)
      throw new Error(`the condition did not hold within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Resolves once somebody waits for the lock that is a file. */
export async function lockIsWaitedFor(file: string): Promise<void> {
  const { ino } = await stat(file);
  await eventually(async () => {
    const waiting = (await readFile("/proc/locks", "utf8"))
      .split("\n")
      .some((line) => line.includes("-> FLOCK") && line.includes(`:${ino} `));
    return waiting ? true : undefined;
  });
}
