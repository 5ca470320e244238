import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memoryConfig, memoryDeps, memoryEngine } from "../../../test-support/memory-cluster.js";
import { KubeconfigService } from "../kubeconfigs/kubeconfig-service.js";
import { NodeService } from "../nodes/node-service.js";
import { ClusterService } from "./cluster-service.js";

let home: string;
let engine: ReturnType<typeof memoryEngine>;
let deps: ReturnType<typeof memoryDeps>;
let clusters: ClusterService;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-labels-"));
  engine = memoryEngine();
  deps = memoryDeps(engine, engine, home);
  clusters = new ClusterService(deps);
});
afterEach(async () => {
  await engine.close();
  await rm(home, { recursive: true });
});

describe("the time to live", () => {
  const HOUR = 3_600_000;
  const ttl = (text: string) => memoryConfig({ agents: 1, options: { k3d: { ttl: text } } });

  it("counts from the creation, and nothing that is done later changes it", async () => {
    const before = Date.now();
    await clusters.create(ttl("4h"));
    const { expires } = await clusters.get("demo");
    expect(expires?.getTime()).toBeGreaterThanOrEqual(before + 4 * HOUR);
    expect(expires?.getTime()).toBeLessThanOrEqual(Date.now() + 4 * HOUR);
    await clusters.apply(memoryConfig({ agents: 2, options: { k3d: { ttl: "8h" } } }));
    await clusters.edit("demo", { env: ["A=b"] });
    await new NodeService(deps).create({ name: "more", cluster: "demo", role: "agent" });
    for (const { name } of await engine.containers.list()) {
      const { labels } = await engine.containers.inspect(name);
      expect(labels["k3d.cluster.expires"], name).toBe(expires?.toISOString());
    }
  });

  it("is no reason to change a cluster", async () => {
    await clusters.create(memoryConfig());
    expect((await clusters.apply(ttl("1h"))).changes.map(({ kind }) => kind)).not.toContain(
      "server",
    );
    expect((await clusters.get("demo")).expires).toBeUndefined();
  });
});

describe("an API address that stands for every interface", () => {
  const server = async (): Promise<string[]> => {
    const file = await readFile(join(home, ".kube", "config"), "utf8");
    const printed = await new KubeconfigService(deps.runtime, deps.kubeconfigStore).get(["demo"]);
    return [file, printed].map((text) => /server: (\S+)/.exec(text)?.[1] ?? "");
  };

  it("stands in kubeconfigs where the user named it", async () => {
    await clusters.create(memoryConfig({ kubeAPI: { hostIP: "0.0.0.0", hostPort: "6550" } }));
    expect(await server()).toEqual(["https://0.0.0.0:6550", "https://0.0.0.0:6550"]);
  });

  it("is loopback where nobody did", async () => {
    await clusters.create(memoryConfig({ kubeAPI: { hostPort: "6550" } }));
    expect(await server()).toEqual(["https://127.0.0.1:6550", "https://127.0.0.1:6550"]);
  });
});
