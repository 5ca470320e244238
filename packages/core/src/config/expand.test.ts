import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expandVariables } from "./expand.js";

describe("expandVariables", () => {
  const environment = { HOME: "/root", EMPTY: "", A_1: "x" };

  it.each([
    ["$HOME:/x", "/root:/x"],
    ["${HOME}/x", "/root/x"],
    ["$A_1-$A_1", "x-x"],
    ["[$EMPTY]", "[]"],
    ["[$UNSET][${UNSET}]", "[][]"],
    ["cost: 5$", "cost: 5$"],
    ["$ HOME", "$ HOME"],
    ["$$HOME", "HOME"],
    ["$1", ""],
    ["${}x", "x"],
    ["${HOME:-x}", ""],
    ["a${HOME", "aHOME"],
    ["$toString", ""],
  ])("%s becomes %j", (text, expanded) => {
    expect(expandVariables(text, environment).text).toBe(expanded);
  });

  it("takes a long text with nothing but openings", () => {
    const text = "${".repeat(100_000);
    const { unset, originalOffset } = expandVariables(text, environment);
    expect(unset).toHaveLength(100_000);
    expect(originalOffset(0)).toBe(199_998 + 2);
    expect(expandVariables(`${"$A_1".repeat(50_000)}}`, environment).text).toHaveLength(50_001);
  });

  it("names unset variables and where they stand", () => {
    expect(expandVariables("a $B $HOME ${C}", environment).unset).toEqual([
      { name: "B", at: 2 },
      { name: "C", at: 11 },
    ]);
  });

  it("leads every kept character back to where it stood", () => {
    const part = fc.oneof(
      fc.stringMatching(/^[a-z \n]{0,8}$/),
      fc.constantFrom("$HOME", "${HOME}", "${NO}"),
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const original = parts.join(" ");
        const { text, originalOffset } = expandVariables(original, environment);
        const lowered = [...text].map((character, offset) => [
          character,
          original[originalOffset(offset)],
        ]);
        const moved = lowered.filter(([now, before]) => before !== "$" && now !== before);
        expect(moved).toEqual([]);
      }),
    );
  });
});
