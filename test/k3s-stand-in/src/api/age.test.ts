import { expect, test } from "vitest";
import { humanAge } from "./age.ts";

const now = Date.parse("2026-01-10T00:00:00Z");
const ago = (seconds: number): string => new Date(now - seconds * 1000).toISOString();

test.each([
  [0, "0s"],
  [119, "119s"],
  [120, "2m"],
  [190, "3m10s"],
  [15 * 60, "15m"],
  [3 * 3600, "3h"],
  [3 * 3600 + 300, "3h5m"],
  [20 * 3600, "20h"],
  [50 * 3600, "2d2h"],
  [9 * 86_400, "9d"],
])("%d seconds are %s", (seconds, text) => {
  expect(humanAge(ago(seconds), now)).toBe(text);
});

test("no time is unknown", () => {
  expect(humanAge(undefined)).toBe("<unknown>");
});
