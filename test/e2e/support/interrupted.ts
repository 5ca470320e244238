import { expect } from "vitest";
import type { World } from "./world.js";

/** Flags with which a server takes long to come up. */
export const SLOW_BOOT = ["--env", "K3S_STANDIN_BOOT_DELAY_MS=30000@server:0"];

/** Interrupts a creation when its progress shows `moment` of the work, then looks at what is left. */
export async function interruptedAt(
  w: World,
  moment: RegExp,
  signal: NodeJS.Signals,
  exitCode: number,
): Promise<void> {
  const cluster = w.name("int");
  const running = w.spawn([
    "cluster",
    "create",
    cluster,
    "--agents",
    "1",
    ...SLOW_BOOT,
    "--progress",
    "json",
  ]);
  let seen = "";
  const reached = new Promise<void>((resolve) => {
    running.stderr?.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
      if (moment.test(seen)) resolve();
    });
  });
  await Promise.race([reached, running]);
  expect(seen).toMatch(moment);
  const volumes = await w.volumesOf(cluster).catch(() => []);
  running.kill(signal);
  const result = await running;
  expect(result.exitCode, String(result.stderr)).toBe(exitCode);
  expect(await w.traces(cluster, volumes)).toEqual([]);
}
