import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Recipe } from "./recipe.ts";
import { recipeHash } from "./recipe-hash.ts";

const recipe: Recipe = {
  settings: { cmd: ["sh"] },
  inputs: ["source", "file.ts"],
  pack: async () => undefined,
};

describe("recipeHash", () => {
  let checkout: string;

  beforeEach(() => {
    checkout = mkdtempSync(join(tmpdir(), "k3d-recipe-"));
    mkdirSync(join(checkout, "source/deep"), { recursive: true });
    writeFileSync(join(checkout, "source/deep/a.ts"), "a");
    writeFileSync(join(checkout, "file.ts"), "f");
  });

  afterEach(() => {
    rmSync(checkout, { recursive: true });
  });

  it("is the same for the same content elsewhere", () => {
    const copy = mkdtempSync(join(tmpdir(), "k3d-recipe-"));
    cpSync(checkout, copy, { recursive: true });
    expect(recipeHash(recipe, copy)).toBe(recipeHash(recipe, checkout));
    rmSync(copy, { recursive: true });
  });

  it("changes with content, names and settings", () => {
    const before = recipeHash(recipe, checkout);
    const settings = recipeHash({ ...recipe, settings: { cmd: ["ls"] } }, checkout);
    writeFileSync(join(checkout, "source/deep/a.ts"), "b");
    const content = recipeHash(recipe, checkout);
    renameSync(join(checkout, "source/deep/a.ts"), join(checkout, "source/deep/b.ts"));
    const name = recipeHash(recipe, checkout);
    expect(new Set([before, settings, content, name]).size).toBe(4);
  });

  it("does not see tests and installed dependencies", () => {
    const before = recipeHash(recipe, checkout);
    writeFileSync(join(checkout, "source/a.test.ts"), "test");
    mkdirSync(join(checkout, "source/node_modules/x"), { recursive: true });
    writeFileSync(join(checkout, "source/node_modules/x/index.js"), "x");
    expect(recipeHash(recipe, checkout)).toBe(before);
  });
});
