import { beforeEach, describe, expect, it } from "vitest";
import type { TestImage } from "./catalog.ts";
import { CHECKOUT } from "./build/checkout.ts";
import { RECIPE_LABEL } from "./build/oci-layout.ts";
import type { Recipe } from "./build/recipe.ts";
import { recipeHash } from "./build/recipe-hash.ts";
import { provideImage } from "./provide.ts";
import type { ImageStore } from "./store/image-store.ts";

class MemoryStore implements ImageStore {
  readonly images = new Map<string, Record<string, string>>();
  readonly registry = new Set<string>();
  readonly loaded: string[] = [];

  async labels(reference: string): Promise<Record<string, string> | undefined> {
    return this.images.get(reference);
  }

  async pull(reference: string): Promise<string | undefined> {
    if (!this.registry.has(reference)) return "manifest unknown";
    this.images.set(reference, {});
    return undefined;
  }

  async load(folder: string, reference: string): Promise<void> {
    this.loaded.push(folder);
    this.images.set(reference, {});
  }

  async tag(reference: string, alias: string): Promise<void> {
    const labels = this.images.get(reference);
    if (labels === undefined) throw new Error(`no image ${reference}`);
    this.images.set(alias, labels);
  }

  async close(): Promise<void> {}
}

const recipe: Recipe = {
  settings: { cmd: ["sample"] },
  inputs: ["test/images/provide.ts"],
  pack: async () => undefined,
};

const image: TestImage = {
  name: "sample",
  real: "docker.io/library/sample:1",
  offline: "k3d.local/sample:dev",
  variable: "K3D_IMAGE_SAMPLE",
  recipe: () => recipe,
};

function mustNotAsk(): Promise<boolean> {
  return Promise.reject(new Error("asked a registry"));
}

describe("provideImage", () => {
  let store: MemoryStore;
  const failures: string[] = [];
  const common = {
    build: async (built: TestImage, _: Recipe, hash: string) => `${built.name}-${hash}`,
    onPullFailure: (message: string) => failures.push(message),
  };
  const offline = { ...common, canPull: async () => false };
  const online = { ...common, canPull: async () => true };

  beforeEach(() => {
    store = new MemoryStore();
  });

  it("asks no registry for the real image when it is here", async () => {
    store.images.set(image.real, {});
    const provided = await provideImage(image, { store, ...common, canPull: mustNotAsk });
    expect(provided).toMatchObject({ reference: image.real, source: "local" });
  });

  it("pulls the real image where its registry answers", async () => {
    store.registry.add(image.real);
    const provided = await provideImage(image, { store, ...online });
    expect(provided).toMatchObject({ reference: image.real, source: "pulled" });
  });

  it("gives a pulled image of the tests alone its fixed reference", async () => {
    store.registry.add(image.real);
    const { variable: _, ...forTests } = image;
    const provided = await provideImage(forTests, { store, ...online });
    expect(provided).toMatchObject({ reference: image.offline, source: "pulled" });
    expect(store.images.has(image.offline)).toBe(true);
  });

  it("insists on an image that the developer named", async () => {
    const named = { ...image, named: true };
    await expect(provideImage(named, { store, ...offline })).rejects.toThrow(/sample:1 is neither/);
  });

  it("gives tests the offline image where a store cannot tag", async () => {
    const { variable: _, ...forTests } = image;
    store.registry.add(image.real);
    Object.assign(store, { tag: undefined });
    const provided = await provideImage(forTests, { store, ...online });
    expect(provided).toMatchObject({ reference: image.offline, source: "built" });
  });

  it("takes the offline image while its recipe is the same", async () => {
    store.images.set(image.offline, { [RECIPE_LABEL]: recipeHash(recipe, CHECKOUT) });
    const provided = await provideImage(image, { store, ...offline });
    expect(provided).toMatchObject({ reference: image.offline, source: "offline" });
    expect(store.loaded).toEqual([]);
  });

  it("builds the offline image anew when its recipe has changed", async () => {
    store.images.set(image.offline, { [RECIPE_LABEL]: "older" });
    const provided = await provideImage(image, { store, ...offline });
    expect(provided).toMatchObject({ reference: image.offline, source: "built" });
    expect(store.loaded).toEqual([`sample-${recipeHash(recipe, CHECKOUT)}`]);
  });

  it("falls back to the offline image when the pull fails", async () => {
    store.images.set(image.offline, { [RECIPE_LABEL]: recipeHash(recipe, CHECKOUT) });
    const provided = await provideImage(image, { store, ...online });
    expect(provided).toMatchObject({ reference: image.offline, source: "offline" });
    expect(failures).toEqual([`cannot pull ${image.real}: manifest unknown`]);
  });
});
