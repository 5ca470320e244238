import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isCleanOutcome, outcome } from "../../test-support/outcome.js";
import { formatDuration, parseDuration } from "./durations.js";
import { formatMemorySize, parseMemorySize } from "./sizes.js";

describe("parseDuration", () => {
  it.each([
    ["0", 0],
    ["90s", 90_000],
    ["+1m30s", 90_000],
    ["1.5h", 5_400_000],
    ["250ms", 250],
    [".5s", 500],
    ["1h2m3.5s", 3_723_500],
    ["1500µs", 1.5],
  ])("%s is %d ms", (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each([
    ["", 1, "a number is missing"],
    ["90", 3, "a unit is missing"],
    ["90 s", 3, '" s" is not a unit'],
    ["-5s", 1, "must not be negative"],
    ["5 minutes", 2, "is not a unit"],
    ["1d", 2, '"d" is not a unit'],
    ["s", 1, "a number is expected"],
    ["1s.", 3, "a number is expected"],
    ["99999999999999h", 1, "too long"],
    ["1constructor", 2, "is not a unit"],
  ])("refuses %j at column %i", (text, column, reason) => {
    expect(() => parseDuration(text)).toThrow(reason);
    expect(() => parseDuration(text)).toThrow(
      expect.objectContaining({ details: { input: text, column } }),
    );
  });

  it("reads back what it formats", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (milliseconds) => {
        expect(Math.round(parseDuration(formatDuration(milliseconds)))).toBe(milliseconds);
      }),
    );
    expect([0, 5, 1500, 90_000, 3_600_000].map(formatDuration)).toEqual([
      "0s",
      "5ms",
      "1.5s",
      "1m30s",
      "1h",
    ]);
  });
});

describe("parseMemorySize", () => {
  it.each([
    ["1073741824", 1024 ** 3],
    ["512m", 512 * 1024 ** 2],
    ["1.5g", 1.5 * 1024 ** 3],
    ["1GiB", 1024 ** 3],
    ["64 KB", 64 * 1024],
    ["7b", 7],
  ])("%s is %d bytes", (text, bytes) => {
    expect(parseMemorySize(text)).toBe(bytes);
  });

  it.each([
    ["", 1, "a number is expected"],
    ["m", 1, "a number is expected"],
    ["-1m", 1, "a number is expected"],
    ["1x", 2, '"x" is not a unit'],
    ["1mm", 2, '"mm" is not a unit'],
    ["1.g", 2, '".g" is not a unit'],
    ["99999999p", 1, "too large"],
  ])("refuses %j at column %i", (text, column, reason) => {
    expect(() => parseMemorySize(text)).toThrow(reason);
    expect(() => parseMemorySize(text)).toThrow(
      expect.objectContaining({ details: { input: text, column } }),
    );
  });

  it("reads back what it formats", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => {
        expect(parseMemorySize(formatMemorySize(bytes))).toBe(bytes);
      }),
    );
  });
});

describe("quantities of any text", () => {
  it.each([
    ["duration", parseDuration],
    ["size", parseMemorySize],
  ])("%s never fails but with INVALID_INPUT, naming the input", (_, parse) => {
    const text = fc.oneof(
      fc.string(),
      fc
        .array(fc.constantFrom("1", "0", ".", "s", "ms", "h", "g", "i", "b", "-", "+", " "))
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (input) => {
        expect(
          isCleanOutcome(
            outcome(() => parse(input)),
            input,
          ),
        ).toBe(true);
      }),
    );
  });
});
