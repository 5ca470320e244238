import { expect, it, vi } from "vitest";
import { stockedEngine, wholeCluster } from "../../testing/index.js";
import { K3dError } from "../../errors/index.js";
import { ListingService } from "./listing-service.js";

async function stocked() {
  const world = stockedEngine();
  await wholeCluster(world, "demo");
  const listing = new ListingService({
    runtime: world.runtime,
    onEveryRuntime: async () => [],
    answers: async () => true,
  });
  return { ...world, listing };
}

it("tells what nodes that run use, and the size of their images", async () => {
  const { listing, runtime } = await stocked();
  const inspect = vi.spyOn(runtime.images, "inspect");
  const [cluster] = await listing.usage();
  expect(cluster?.state.status).toBe("running");
  const images = new Set(cluster?.nodes.map(({ image }) => image));
  expect(inspect).toHaveBeenCalledTimes(images.size);
  for (const node of cluster?.nodes ?? []) {
    expect(node.stats?.memoryBytes, node.name).toBe(1024 * 1024);
    expect(node.details?.restartCount, node.name).toBe(0);
    expect(node.imageBytes, node.name).toBeGreaterThanOrEqual(0);
  }
});

it("has no figures of a node that stops meanwhile, and fails with an engine that is away", async () => {
  const { listing, runtime } = await stocked();
  const stats = vi.spyOn(runtime.containers, "stats");
  stats.mockRejectedValue(new K3dError("CONTAINER_FAILED", "it is not running"));
  const [cluster] = await listing.usage();
  expect(cluster?.nodes.length).toBeGreaterThan(0);
  expect(cluster?.nodes.every((node) => node.stats === undefined)).toBe(true);
  stats.mockRejectedValue(new K3dError("RUNTIME_UNAVAILABLE", "away"));
  await expect(listing.usage()).rejects.toMatchObject({ code: "RUNTIME_UNAVAILABLE" });
});

it("has the sizes of volumes where the runtime tells of its disk", async () => {
  const { listing, runtime } = await stocked();
  expect(await listing.volumeSizes()).toBeUndefined();
  const volumes = new Map([["k3d-demo-images", 12]]);
  const usage = vi.fn(async () => ({ containers: new Map<string, number>(), volumes }));
  Object.assign(runtime, { housekeeping: { usage } });
  expect(await listing.volumeSizes()).toBe(volumes);
});
