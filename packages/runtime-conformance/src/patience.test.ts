import { MemoryRuntime } from "@k3d/core/testing";
import { expect, it, type TestOptions } from "vitest";
import type { TestApi } from "./options.js";
import { runtimeConformance } from "./runtime-conformance.js";

/** The time limits of all tests and hooks, as the suite gives them to vitest. */
function limitsOf(options: { patience?: number }): (number | undefined)[] {
  const limits: (number | undefined)[] = [];
  const hook = (_: unknown, limit?: number): void => void limits.push(limit);
  const api = {
    expect,
    describe: (_: string, body: () => void) => body(),
    it: (_: string, { timeout }: TestOptions) => void limits.push(timeout),
    beforeAll: hook,
    afterAll: hook,
  };
  runtimeConformance({
    ...(api as unknown as TestApi),
    ...options,
    factory: {
      name: "none",
      contractVersion: 1,
      detect: async () => ({ available: false, reason: "there is none" }),
      create: async () => new MemoryRuntime(),
    },
    images: { busybox: "busybox" },
  });
  return limits;
}

it("gives a slow machine the longer, the more patience it asks for", () => {
  const usual = limitsOf({});
  expect(usual.length).toBeGreaterThan(150);
  expect(usual.every((limit) => limit !== undefined && limit >= 60_000)).toBe(true);
  expect(limitsOf({ patience: 3 })).toEqual(usual.map((limit) => (limit ?? 0) * 3));
});
