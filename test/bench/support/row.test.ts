import { expect, it } from "vitest";
import { asExtra, asFailure, asRatio, median } from "./row.ts";

it.each([
  [[3], 3],
  [[9, 1, 5], 5],
  [[4, 1, 2, 10], 3],
])("the median of %j is %d", (values, expected) => {
  expect(median(values)).toBe(expected);
});

it("has no median of nothing", () => {
  expect(() => median([])).toThrow("the median of nothing");
});

it("keeps a budget that is just reached, and misses one that is exceeded", () => {
  expect(asRatio("a", 32, "b", 1.6, 1.6)).toMatchObject({ comparison: "1.60 ×", met: true });
  expect(asRatio("a", 33, "b", 1.65, 1.6)).toMatchObject({ budget: "1.6 ×", met: false });
  expect(asExtra("a", 2000, "b", 1300, 1300)).toMatchObject({ comparison: "+1.30 s", met: true });
  expect(asExtra("a", 2000, "b", 1301, 1300)).toMatchObject({ budget: "+1.30 s", met: false });
  expect(asExtra("a", 2000, "b", -250, 1300).comparison).toBe("-0.25 s");
});

it("has nothing to miss without a budget", () => {
  const row = asRatio("a", 33, "b", 99);
  expect(row.met).toBe(true);
  expect(row.budget).toBeUndefined();
});

it("counts what failed as missed, with the last line of what was said", () => {
  expect(asFailure("a", "INFO one\nError: two\n")).toMatchObject({
    comparison: "failed: Error: two",
    met: false,
  });
});
