/**
 * Writes an offline image as an archive, for engines and tests that read one.
 *
 *   node test/images/archive.ts NAME [--output FILE]
 *
 * The archive is a docker-archive and an OCI archive at once. Without --output it goes to standard
 * output. The image is built when the cache does not have it.
 */
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { runScript } from "../engine/host/script.ts";
import { packImage } from "./build/archive.ts";
import { buildImage } from "./build/cache.ts";
import { CHECKOUT } from "./build/checkout.ts";
import { recipeHash } from "./build/recipe-hash.ts";
import { testImage } from "./catalog.ts";

await runScript(async () => {
  const { values, positionals } = parseArgs({
    options: { output: { type: "string" } },
    allowPositionals: true,
  });
  const image = testImage(positionals[0] ?? "");
  const recipe = image.recipe();
  const hash = recipeHash(recipe, CHECKOUT);
  const folder = await buildImage(image.name, image.offline, recipe, hash);
  const target = values.output === undefined ? process.stdout : createWriteStream(values.output);
  await pipeline(packImage(folder), target);
});
