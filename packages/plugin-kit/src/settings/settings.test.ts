import { expect, it } from "vitest";
import { isTold } from "./log-level.js";
import { resolveSettings } from "./settings.js";

it.each([
  [{}, {}, "info"],
  [{}, { LOG_LEVEL: "warn" }, "warn"],
  [{}, { LOG_LEVEL: "WARNING" }, "warn"],
  [{}, { LOG_LEVEL: "fatal" }, "error"],
  [{}, { LOG_LEVEL: "loud" }, "info"],
  [{}, { LOG_LEVEL: "constructor" }, "info"],
  [{ verbose: true }, { LOG_LEVEL: "warn" }, "debug"],
  [{ verbose: true, trace: true }, {}, "trace"],
] as const)("flags %j with %j give level %s", (flags, env, level) => {
  expect(resolveSettings(flags, env).level).toBe(level);
});

it.each([
  [{}, { LOG_LEVEL: "loud" }, expect.stringMatching(/^LOG_LEVEL "loud" is unknown.*warning/)],
  [{}, { LOG_LEVEL: "" }, undefined],
  [{}, { LOG_LEVEL: "Warning" }, undefined],
  [{ trace: true }, { LOG_LEVEL: "loud" }, undefined],
] as const)("flags %j with %j warn of %s", (flags, env, warning) => {
  expect(resolveSettings(flags, env).warning).toEqual(warning);
});

it("takes timestamps from flag or environment", () => {
  expect(resolveSettings({}, {}).timestamps).toBe(false);
  expect(resolveSettings({ timestamps: true }, {}).timestamps).toBe(true);
  expect(resolveSettings({}, { LOG_TIMESTAMPS: "1" }).timestamps).toBe(true);
});

it("tells what is at most as detailed as the level", () => {
  expect(isTold("warn", "info")).toBe(true);
  expect(isTold("info", "warn")).toBe(false);
  expect(isTold("trace", "trace")).toBe(true);
});
