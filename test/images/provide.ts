import { CHECKOUT } from "./build/checkout.ts";
import { RECIPE_LABEL } from "./build/oci-layout.ts";
import type { Recipe } from "./build/recipe.ts";
import { recipeHash } from "./build/recipe-hash.ts";
import type { TestImage } from "./catalog.ts";
import type { ImageStore } from "./store/image-store.ts";

export type Source = "local" | "pulled" | "offline" | "built";

export interface Provided {
  readonly image: TestImage;
  /** The reference to use. */
  readonly reference: string;
  readonly source: Source;
}

export interface ProvideOptions {
  readonly store: ImageStore;
  /** Whether the registry of a reference answers; asked only when an image is not there. */
  readonly canPull: (reference: string) => Promise<boolean>;
  /** Builds an offline image and returns its folder. */
  readonly build: (image: TestImage, recipe: Recipe, hash: string) => Promise<string>;
  /** Told about a pull that failed although the registry answers. */
  readonly onPullFailure: (message: string) => void;
}

/**
 * Sees to it that a store has an image: the real one where it is there already or can be pulled,
 * otherwise the offline one, built anew when its recipe has changed.
 */
export async function provideImage(image: TestImage, options: ProvideOptions): Promise<Provided> {
  const real = await provideReal(image, options);
  if (real !== undefined) {
    if (image.variable === undefined) await options.store.tag(image.real, image.offline);
    return {
      image,
      reference: image.variable === undefined ? image.offline : image.real,
      source: real,
    };
  }
  return { image, reference: image.offline, source: await provideOffline(image, options) };
}

async function provideReal(image: TestImage, options: ProvideOptions): Promise<Source | undefined> {
  const { store, canPull, onPullFailure } = options;
  if ((await store.labels(image.real)) !== undefined) return "local";
  if (!(await canPull(image.real))) return undefined;
  const problem = await store.pull(image.real);
  if (problem === undefined) return "pulled";
  onPullFailure(`cannot pull ${image.real}: ${problem}`);
  return undefined;
}

async function provideOffline(image: TestImage, options: ProvideOptions): Promise<Source> {
  const { store, build } = options;
  const recipe = image.recipe();
  const hash = recipeHash(recipe, CHECKOUT);
  const labels = await store.labels(image.offline);
  if (labels?.[RECIPE_LABEL] === hash) return "offline";
  await store.load(await build(image, recipe, hash), image.offline);
  return "built";
}
