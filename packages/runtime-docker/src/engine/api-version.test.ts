import { describe, expect, it } from "vitest";
import { compareApiVersions, NEWEST_API, negotiateApiVersion } from "./api-version.js";

it("compares by number, not by text", () => {
  expect(compareApiVersions("1.9", "1.41")).toBeLessThan(0);
  expect(compareApiVersions("1.41", "1.41")).toBe(0);
  expect(compareApiVersions("2.0", "1.99")).toBeGreaterThan(0);
});

describe("negotiateApiVersion", () => {
  it.each([
    ["Docker 20.10", "1.41", "1.12", "1.41"],
    ["Docker 26.1", "1.45", "1.24", "1.45"],
    ["Docker 29", "1.52", "1.44", NEWEST_API],
    ["an engine of the future", "1.80", "1.24", NEWEST_API],
    ["an engine that dropped what is known here", "1.80", "1.70", "1.70"],
    ["Docker 19.03", "1.40", "1.12", undefined],
  ])("%s", (_, newest, oldest, expected) => {
    expect(negotiateApiVersion(newest, oldest)).toBe(expected);
  });
});
