import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isCleanOutcome, outcome } from "../../test-support/outcome.js";
import { joinFlagValue, splitFlagValue } from "./split-flag.js";

describe("splitFlagValue", () => {
  it.each([
    ["8080:80", "8080:80", []],
    ["8080:80@loadbalancer", "8080:80", ["loadbalancer"]],
    ["a=b@server:0;agent:1", "a=b", ["server:0", "agent:1"]],
    ["a=b@server[0]@k3d-test-agent-0", "a=b", ["server[0]", "k3d-test-agent-0"]],
    ["a=b@server:0 ; agent:*", "a=b", ["server:0", "agent:*"]],
    [
      String.raw`TEST_VAR=user\@pass\\@server:0`,
      String.raw`TEST_VAR=user@pass` + "\\",
      ["server:0"],
    ],
    [String.raw`mail=me\@example.com`, "mail=me@example.com", []],
    [String.raw`C:\data:/data@all`, String.raw`C:\data:/data`, ["all"]],
    [String.raw`x\\\@server:0`, String.raw`x` + "\\\\", ["server:0"]],
    ["", "", []],
  ])("%s", (text, value, nodeFilters) => {
    expect(splitFlagValue(text)).toEqual({ value, nodeFilters });
  });

  it.each([
    ["@server:0", 1],
    ["a=b@", 5],
    ["a=b@server:0;", 14],
    ["a=b@;server:0", 5],
    ["a@@b", 3],
  ])("refuses %s and points at column %i", (text, column) => {
    expect(() => splitFlagValue(text)).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT", details: { input: text, column } }),
    );
  });

  it("gives back any value and filters that were joined", () => {
    const value = fc.string({ minLength: 1 }).filter((text) => !text.includes("\\@"));
    const nodeFilters = fc.array(fc.stringMatching(/^[a-z]+(:[0-9]+)?$/));
    fc.assert(
      fc.property(fc.record({ value, nodeFilters }), (flag) => {
        const text = joinFlagValue(flag);
        expect(text).toBeDefined();
        expect(splitFlagValue(text ?? "")).toEqual(flag);
      }),
    );
  });

  it("never fails but with INVALID_INPUT, naming the input", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("@", "\\", ";", "a", "é", " ") }), (text) => {
        expect(
          isCleanOutcome(
            outcome(() => splitFlagValue(text)),
            text,
          ),
        ).toBe(true);
      }),
    );
  });
});
