import type { Recipe } from "../build/recipe.ts";
import { unpackDebianPackages } from "../build/debian-root.ts";
import { packed } from "../build/layer.ts";
import { BUILDER } from "./builder.ts";

/** One static binary under all its names. Its `wget -T` crashes in Debian 12; `wget` alone works. */
export const busybox: Recipe = {
  settings: { cmd: ["sh"] },
  inputs: [BUILDER, "test/images/recipes/busybox.ts"],
  pack: packed((root) => unpackDebianPackages(root, { packages: ["busybox-static"] })),
};
