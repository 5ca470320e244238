import { describe, expect, it } from "vitest";
import { nearest, nearestPhrase } from "./nearest.js";

describe("nearest", () => {
  it.each([
    ["strat", ["stop", "start", "restart"], "start"],
    ["lst", ["list", "ls"], "list"],
    ["clster", ["cluster", "node"], "cluster"],
    ["sl", ["ls", "rm"], "ls"],
    ["agnets", ["servers", "agents"], "agents"],
    ["Servers", ["servers"], "servers"],
    ["dmeo", ["demo", "memo"], "demo"],
    ["docekr", ["docker", "podman", "oci"], "docker"],
    ["x", ["cluster"], undefined],
    ["", ["cluster"], undefined],
    ["abcdefghijkl", ["mnopqrstuvwx"], undefined],
  ])("%j among %j is %j", (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected);
  });

  it("looks at long words no longer than at short ones", () => {
    const start = performance.now();
    expect(nearest("x".repeat(1_000_000), ["cluster", "node"])).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(100);
  });
});

describe("nearestPhrase", () => {
  const commands = ["cluster list", "cluster start", "cluster restart", "node start", "version"];

  it.each([
    [["cluster", "strat"], "cluster start"],
    [["cluster", "strat", "demo"], "cluster start"],
    [["clutser", "strat", "demo"], "cluster start"],
    [["cluster", "restrat"], "cluster restart"],
    [["vesrion", "list"], "version"],
    [["cluster"], undefined],
    [["strat", "demo"], undefined],
  ])("%j is %j", (words, expected) => {
    expect(nearestPhrase(words, commands)).toBe(expected);
  });
});
