import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { memoryConfig, memoryDeps, memoryEngine } from "../../../test-support/memory-cluster.js";
import { ClusterService } from "../clusters/cluster-service.js";
import { NodeService } from "./node-service.js";

let home: string;
let engine: ReturnType<typeof memoryEngine>;
let deps: ReturnType<typeof memoryDeps>;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-node-delete-"));
  engine = memoryEngine();
  deps = memoryDeps(engine, engine, home);
});
afterEach(async () => {
  await engine.close();
  await rm(home, { recursive: true });
});

it("says so when the node goes that alone publishes the API, and what comes then fails at once", async () => {
  const [clusters, nodes] = [new ClusterService(deps), new NodeService(deps)];
  const config = memoryConfig({ servers: 3, options: { k3d: { disableLoadbalancer: true } } });
  await clusters.create(config);
  await nodes.delete(["k3d-demo-server-2"]);
  const warnings = (): string[] =>
    deps.told.flatMap((event) =>
      event.type === "warning" && /publishes/.test(event.message) ? event.message : [],
    );
  expect(warnings()).toEqual([]);
  await nodes.delete(["k3d-demo-server-0"]);
  expect(warnings()).toEqual([
    expect.stringMatching(/^Only k3d-demo-server-0 publishes the API of cluster 'demo'/),
  ]);
  expect((await clusters.get("demo")).api).toBeUndefined();
  await expect(clusters.start("demo")).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: "It is not known where the API of cluster 'demo' is exposed",
  });
});

it("loses no way in with the first server where there was a load balancer, which a start makes again", async () => {
  const [clusters, nodes] = [new ClusterService(deps), new NodeService(deps)];
  const kubeAPI = { hostIP: "127.0.0.1", hostPort: "6550" };
  await clusters.create(memoryConfig({ servers: 3, kubeAPI }));
  await nodes.delete(["k3d-demo-server-0"]);
  await engine.containers.remove("k3d-demo-serverlb", { force: true });
  await clusters.start("demo");
  expect((await engine.containers.inspect("k3d-demo-serverlb")).spec.ports).toEqual([
    expect.objectContaining({ containerPort: 6443, hostPort: 6550, hostIp: "127.0.0.1" }),
  ]);
});

it.each(["create", "delete"] as const)(
  "settles what a killed replacement left before it can %s a node",
  async (action) => {
    const [clusters, nodes] = [new ClusterService(deps), new NodeService(deps)];
    await clusters.create(memoryConfig({ agents: 2 }));
    const { spec } = await engine.containers.inspect("k3d-demo-serverlb");
    const aside = "k3d-demo-serverlb-k3d-replaced";
    await engine.containers.create({ ...spec, name: aside });
    if (action === "create") await nodes.create({ name: "more", cluster: "demo", role: "agent" });
    else await nodes.delete(["k3d-demo-agent-1"]);
    expect(engine.inventory().containers).not.toContain(aside);
    expect((await engine.containers.inspect("k3d-demo-serverlb")).status).toBe("running");
  },
);
