import { afterEach, describe, expect, it, vi } from "vitest";
import { runCommand } from "@k3d/plugin-kit/testing";
import Top from "./top.js";

const services = {
  runtime: { name: "memory" },
  listing: { usage: async () => [], volumeSizes: async () => undefined },
};

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("k3d top --once", () => {
  it.each([
    ["1", "\u001B[1m"],
    ["0", "memory: 0 clusters"],
  ])(
    "with LOG_COLORS=%s writes colours as a terminal takes them, or none",
    async (colours, begin) => {
      vi.stubEnv("LOG_COLORS", colours);
      const { stdout } = await runCommand(Top, ["--once"], services);
      expect(stdout.startsWith(begin)).toBe(true);
      expect(stdout).toContain("memory: 0 clusters");
      expect(stdout).not.toContain(String.raw`\u001b`);
    },
  );

  it("is plain JSON on demand", async () => {
    vi.stubEnv("LOG_COLORS", "1");
    expect(JSON.parse((await runCommand(Top, ["-o", "json"], services)).stdout)).toEqual([]);
  });
});
