import { describe, expect, it } from "vitest";
import { labelFilters, matchesSelector } from "./label-selector.js";

const labels = { app: "k3d", "k3d.cluster": "demo", empty: "" };

describe("matchesSelector", () => {
  it.each([
    [{}, true],
    [{ app: "k3d" }, true],
    [{ app: "k3d", "k3d.cluster": "demo" }, true],
    [{ app: "other" }, false],
    [{ app: "" }, true],
    [{ empty: "" }, true],
    [{ missing: "" }, false],
    [{ toString: "" }, false],
  ])("%j: %s", (selector, expected) => {
    expect(matchesSelector(labels, selector as Record<string, string>)).toBe(expected);
  });
});

it("writes selectors as the engines' filters", () => {
  expect(labelFilters({ app: "k3d", "k3d.role": "" })).toEqual(["app=k3d", "k3d.role"]);
});
