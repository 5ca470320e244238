import { describe, expect, it } from "vitest";
import { globalFlagsLast } from "./global-first.js";

describe("globalFlagsLast", () => {
  it.each([
    [
      ["cluster", "list"],
      ["cluster", "list"],
    ],
    [
      ["--verbose", "cluster", "list"],
      ["cluster", "list", "--verbose"],
    ],
    [
      ["--runtime", "docker", "--json", "cluster", "list", "-a"],
      ["cluster", "list", "-a", "--runtime", "docker", "--json"],
    ],
    [
      ["--runtime=docker", "version"],
      ["version", "--runtime=docker"],
    ],
    [
      ["--trace", "cluster", "create", "--", "-x"],
      ["cluster", "create", "--trace", "--", "-x"],
    ],
    [["--version"], ["version"]],
    [
      ["--json", "--version"],
      ["version", "--json"],
    ],
    [["--help"], ["--help"]],
    [
      ["help", "cluster", "create"],
      ["cluster", "create", "--help"],
    ],
    [["help"], ["--help"]],
    [["--runtime"], ["--runtime"]],
    [[], []],
  ])("%j → %j", (argv, expected) => {
    expect(globalFlagsLast(argv)).toEqual(expected);
  });
});
