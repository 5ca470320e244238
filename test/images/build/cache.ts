import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { withLock } from "../../engine/host/lock.ts";
import { IMAGE_CACHE } from "./checkout.ts";
import { writeImage } from "./oci-layout.ts";
import type { Recipe } from "./recipe.ts";

/** The folder of a built image; see `writeImage` for what is in it. */
export function imageFolder(name: string, hash: string): string {
  return join(IMAGE_CACHE, `${name}-${hash}`);
}

/**
 * Builds an image unless the cache has it, and removes what the cache holds of older recipes and
 * interrupted builds of it.
 * Returns its folder.
 */
export async function buildImage(
  name: string,
  reference: string,
  recipe: Recipe,
  hash: string,
): Promise<string> {
  const folder = imageFolder(name, hash);
  if (existsSync(folder)) return folder;
  await mkdir(IMAGE_CACHE, { recursive: true });
  await withLock(join(IMAGE_CACHE, `${name}.lock`), async () => {
    if (existsSync(folder)) return;
    await removeOthers(name);
    const work = await mkdtemp(join(IMAGE_CACHE, `.build-${name}-`));
    try {
      const layer = join(work, "layer.tar");
      await recipe.pack(layer);
      const image = join(work, "image");
      await writeImage(image, layer, reference, recipe.settings, hash);
      await rename(image, folder);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
  return folder;
}

async function removeOthers(name: string): Promise<void> {
  const old = (await readdir(IMAGE_CACHE)).filter(
    (entry) =>
      entry.startsWith(`.build-${name}-`) ||
      (entry.startsWith(`${name}-`) && /^[0-9a-f]{12}$/.test(entry.slice(name.length + 1))),
  );
  await Promise.all(
    old.map((entry) => rm(join(IMAGE_CACHE, entry), { recursive: true, force: true })),
  );
}
