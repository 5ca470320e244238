import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fakeContainerds } from "../../../test-support/containerd.js";
import {
  inventory,
  memoryConfig,
  memoryDeps,
  memoryEngine,
} from "../../../test-support/memory-cluster.js";
import { resolveConfig } from "../../config/resolve.js";
import type { MemoryRuntime } from "../../testing/index.js";
import { ClusterService } from "../clusters/cluster-service.js";
import { ImageService } from "../images/image-service.js";
import { IMAGES_ARCHIVE } from "./node-paths.js";
import { SnapshotService } from "./snapshot-service.js";

const SERVER = "k3d-demo-server-0";

let home: string;
let engine: MemoryRuntime;
let deps: ReturnType<typeof memoryDeps>;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-loaded-"));
  engine = memoryEngine();
  fakeContainerds(engine);
  deps = memoryDeps(engine, engine, home);
  await new ClusterService(deps).create(memoryConfig());
  const image = { kind: "image", reference: "docker.io/library/nginx:test" } as const;
  await new ImageService(deps).import(["demo"], [image]);
  await new SnapshotService(deps).create("demo", { name: "kept" });
});
afterEach(() => rm(home, { recursive: true }));

/** Restores over the cluster, whose new server says this of the images that it is given. */
async function restore(said: string | undefined): Promise<unknown> {
  engine.onExec(SERVER, /crictl images/, async (process) => {
    const failure = `Error encountered while importing ${IMAGES_ARCHIVE}: ${said}`;
    if (said !== undefined) engine.print(SERVER, `level=error msg="${failure}"`);
    await process.print('{"images":[]}');
  });
  const config = await new SnapshotService(deps).config("kept", { cluster: "demo" });
  return new SnapshotService(deps)
    .restore("kept", resolveConfig({ ...config, metadata: { name: "demo" } }), { replace: true })
    .catch((error: unknown) => error);
}

it.each([
  ["write /x: no space left on device", "NO_SPACE", "There is no room in"],
  ["unexpected EOF", "CONTAINER_FAILED", "unexpected EOF"],
])("brings the old cluster back where the new one has no images: %s", async (said, code, words) => {
  const before = await inventory(engine);
  const failure = await restore(said);
  expect(failure).toMatchObject({ code, message: expect.stringContaining(words) });
  expect(await inventory(engine)).toEqual(before);
});

it("only tells of images that nothing is said of", async () => {
  await restore(undefined);
  expect(deps.told).toContainEqual(
    expect.objectContaining({ type: "warning", message: expect.stringContaining("nginx:test") }),
  );
});
