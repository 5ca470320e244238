import { SetupError } from "../engine/host/setup-error.ts";
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
 * Sees to it that a store has an image: the one the developer named or k3d uses, where it is there
 * already or can be pulled, otherwise the offline one, built anew when its recipe has changed.
 *
 * @throws SetupError when an image that the developer named cannot be had
 */
export async function provideImage(image: TestImage, options: ProvideOptions): Promise<Provided> {
  const source = await provideReal(image, options);
  if (source !== undefined) {
    return { image, reference: forTestsAlone(image) ? image.offline : image.real, source };
  }
  if (image.named) {
    throw new SetupError(`the image ${image.real} is neither here nor can it be pulled`);
  }
  return { image, reference: image.offline, source: await provideOffline(image, options) };
}

function forTestsAlone(image: TestImage): boolean {
  return image.variable === undefined;
}

async function provideReal(image: TestImage, options: ProvideOptions): Promise<Source | undefined> {
  const { store } = options;
  // Tests know their image by its offline reference only.
  if (forTestsAlone(image) && store.tag === undefined) return undefined;
  const here = (await store.labels(image.real)) !== undefined;
  if (!here && !(await pull(image, options))) return undefined;
  if (forTestsAlone(image)) await store.tag?.(image.real, image.offline);
  return here ? "local" : "pulled";
}

async function pull(image: TestImage, options: ProvideOptions): Promise<boolean> {
  if (!(await options.canPull(image.real))) return false;
  const problem = await options.store.pull(image.real);
  if (problem !== undefined) options.onPullFailure(`cannot pull ${image.real}: ${problem}`);
  return problem === undefined;
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
