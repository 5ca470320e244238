import * as fc from "fast-check";
import { expect, it } from "vitest";
import { compareNames } from "./compare-names.js";

it("orders numbers by value", () => {
  const names = ["a-10", "b", "a-2", "a", "a-2-1", "10", "9", "a-02", ""];
  expect(names.toSorted(compareNames)).toEqual([
    "",
    "9",
    "10",
    "a",
    "a-02",
    "a-2",
    "a-2-1",
    "a-10",
    "b",
  ]);
});

it("is an order", () => {
  const name = fc.stringMatching(/^[a-z0-9-]{0,8}$/);
  fc.assert(
    fc.property(name, name, name, (a, b, c) => {
      expect(compareNames(a, a)).toBe(0);
      expect(Math.sign(compareNames(a, b))).toBe(-Math.sign(compareNames(b, a)) + 0);
      expect(compareNames(a, b) <= 0 && compareNames(b, c) <= 0 && compareNames(a, c) > 0).toBe(
        false,
      );
    }),
  );
});
