import { describe, expect, it } from "vitest";
import { hintText, joinHints } from "./hint.js";

describe("hintText", () => {
  it.each([
    ["Start it first", "Start it first."],
    ["Start it first. Then try again", "Start it first. Then try again."],
    ["Start it first.", "Start it first."],
    [
      "Replace it with --force, or name another one with --output",
      "Replace it with --force, or name another one with --output.",
    ],
    ["Did you mean 'demo'?", "Did you mean 'demo'?"],
    ["Nothing is lost: try again. Then look", "Nothing is lost: try again. Then look."],
  ])("ends a sentence: %j", (hint, shown) => {
    expect(hintText(hint)).toBe(shown);
  });

  it.each([
    "See what there is with: k3d cluster list",
    "Name a cluster. See what there is with: k3d cluster list",
    "Write how long ago, e.g. 10m",
    "Images are named like this, e.g. nginx:1.27",
    "Delete them, then: k3d prune --all …",
    "Install them (Debian: apt-get install catatonit)",
  ])("puts no stop behind what is to be copied: %j", (hint) => {
    expect(hintText(hint)).toBe(hint);
  });
});

it.each([
  [undefined, "Try again."],
  ["Start it", "Start it. Try again."],
  ["Start it with: k3d cluster start demo", "Start it with: k3d cluster start demo. Try again."],
  ["Start it.", "Start it. Try again."],
])("joinHints: %j", (first, joined) => {
  expect(joinHints(first, "Try again.")).toBe(joined);
});
