import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../engine/host/command.ts";
import { SetupError } from "../../engine/host/setup-error.ts";
import { CHECKOUT } from "../build/checkout.ts";
import type { ImageSettings, Recipe } from "../build/recipe.ts";
import { BUILDER } from "./builder.ts";

const PACKAGE = "test/k3s-stand-in";

function readSettings(): ImageSettings {
  const file = join(CHECKOUT, PACKAGE, "image/config.json");
  if (!existsSync(file)) throw new SetupError(`${file} is missing`);
  return JSON.parse(readFileSync(file, "utf8")) as ImageSettings;
}

/** The stand-in for k3s; it is not k3s. Its package packs its own root file system. */
export function k3sStandIn(): Recipe {
  return {
    settings: readSettings(),
    inputs: [BUILDER, "test/images/recipes/k3s-stand-in.ts", PACKAGE],
    pack: async (layer) => {
      const script = join(CHECKOUT, PACKAGE, "image/build.ts");
      await run(process.execPath, [script, "--output", layer], { cwd: CHECKOUT });
    },
  };
}
