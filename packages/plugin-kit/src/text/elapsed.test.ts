import { expect, it } from "vitest";
import { formatAge, formatElapsed } from "./elapsed.js";

it.each([
  [0, "0.0s"],
  [240, "0.2s"],
  [9940, "9.9s"],
  [9960, "10s"],
  [59_400, "59s"],
  [59_600, "1m00s"],
  [65_000, "1m05s"],
  [3_599_000, "59m59s"],
  [7_380_000, "2h03m"],
  [-5, "0.0s"],
])("%i ms take %s", (milliseconds, expected) => {
  expect(formatElapsed(milliseconds)).toBe(expected);
});

it.each([
  [-1, "0s"],
  [34, "34s"],
  [119, "119s"],
  [120, "2m"],
  [7199, "119m"],
  [7200, "2h"],
  [172_799, "47h"],
  [172_800, "2d"],
])("%i seconds are an age of %s", (seconds, expected) => {
  const now = new Date("2026-11-22T14:00:00Z");
  expect(formatAge(new Date(now.getTime() - seconds * 1000), now)).toBe(expected);
});
