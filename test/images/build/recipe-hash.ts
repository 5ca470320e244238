import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import type { Recipe } from "./recipe.ts";

const IGNORED = /(^|\/)(node_modules|dist|coverage)(\/|$)|\.test\.ts$|\.md$/;

function filesBelow(path: string): string[] {
  if (IGNORED.test(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesBelow(join(path, name)));
}

/**
 * A short hash over all that decides what a recipe makes: its settings and its inputs. Two checkouts
 * with the same content get the same hash, wherever they are.
 */
export function recipeHash(recipe: Recipe, checkout: string): string {
  const hash = createHash("sha256").update(JSON.stringify(recipe.settings));
  const files = recipe.inputs.flatMap((input) => filesBelow(join(checkout, input)));
  for (const file of files.toSorted()) {
    const content = readFileSync(file);
    hash.update(`\0${relative(checkout, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 12);
}
