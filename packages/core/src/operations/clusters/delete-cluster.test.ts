import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  inventory,
  memoryConfig,
  memoryDeps,
  memoryEngine,
  NODE_IMAGE,
} from "../../../test-support/memory-cluster.js";
import { ClusterService } from "./cluster-service.js";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-delete-"));
});
afterEach(async () => {
  await rm(home, { recursive: true });
});

/** An engine without clusters, and a kubeconfig that has one of the server at this address. */
async function world(server: string, others: readonly string[] = []) {
  const engine = memoryEngine();
  const deps = memoryDeps(engine, engine, home);
  deps.settings.otherClusters = async () => new Map(others.map((name) => [name, "podman"]));
  const { kubeconfigStore } = deps;
  await kubeconfigStore.update(kubeconfigStore.defaultPath, (document) => {
    const entries = {
      contextName: "k3d-demo",
      userName: "admin@k3d-demo",
      cluster: { server, "certificate-authority-data": "" },
      user: { "client-certificate-data": "", "client-key-data": "" },
    };
    document.put(entries);
    return true;
  });
  const contexts = async (): Promise<string[]> =>
    (await kubeconfigStore.read(kubeconfigStore.defaultPath)).names("contexts");
  return { clusters: new ClusterService(deps), contexts };
}

it("takes a cluster that is gone out of the kubeconfig", async () => {
  const { clusters, contexts } = await world("https://127.0.0.1:6550");
  expect((await clusters.delete("demo")).removed).toEqual({
    containers: [],
    networks: [],
    volumes: [],
    kubeconfigEntries: ["k3d-demo", "admin@k3d-demo"],
  });
  expect(await contexts()).toEqual([]);
});

it.each([
  ["of another machine", "https://10.0.0.9:6550", []],
  ["of another runtime", "https://127.0.0.1:6550", ["demo"]],
])("leaves the context of a cluster %s", async (_, server, others) => {
  const { clusters, contexts } = await world(server, others);
  await expect(clusters.delete("demo")).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(await contexts()).toEqual(["k3d-demo"]);
});

it.each(["bridge", "podman"])(
  "takes along what the Go k3d made with a cluster: network, and registry on %s",
  async (common) => {
    const engine = memoryEngine();
    await engine.networks.create({ name: common, labels: {} });
    await engine.networks.create({ name: "own", labels: { app: "k3d" } });
    await engine.networks.create({ name: "other", labels: { app: "k3d" } });
    const made = async (name: string, role: string, networks: string[]): Promise<void> => {
      await engine.containers.create({
        name,
        image: NODE_IMAGE,
        process: { args: [], env: [] },
        mounts: [],
        linux: {},
        ports: [],
        networks: networks.map((network) => ({ name: network })),
        labels: {
          app: "k3d",
          "k3d.cluster": "demo",
          "k3d.cluster.network": "own",
          "k3d.cluster.network.external": "false",
          "k3d.role": role,
        },
      });
    };
    await made("k3d-demo-server-0", "server", ["own"]);
    await made("reg", "registry", [common, "own"]);
    await new ClusterService(memoryDeps(engine, engine, home)).delete("demo");
    expect(await inventory(engine)).toEqual([`network ${common}`, "network other"].toSorted());
  },
);

it("leaves nothing of a cluster whose network was made again, as it was, by a start", async () => {
  const engine = memoryEngine();
  const clusters = new ClusterService(memoryDeps(engine, engine, home));
  await clusters.create(memoryConfig({ agents: 1 }));
  const names = ["server-0", "agent-0", "serverlb"].map((name) => `k3d-demo-${name}`);
  const addresses = async () =>
    Promise.all(
      names.map(async (name) => (await engine.containers.inspect(name)).networks[0]?.ipv4Address),
    );
  const [before, network] = [await addresses(), await engine.networks.inspect("k3d-demo")];
  for (const name of names) await engine.networks.disconnect("k3d-demo", name, { force: true });
  await engine.networks.remove("k3d-demo");
  await clusters.start("demo");
  expect(await addresses()).toEqual(before);
  const { "k3d.operation": _, ...labels } = network.labels;
  const again = await engine.networks.inspect("k3d-demo");
  expect(again).toMatchObject({ labels, subnets: network.subnets });

  // One node alone comes back to its own address, too.
  await engine.networks.disconnect("k3d-demo", "k3d-demo-agent-0", { force: true });
  await clusters.start("demo");
  expect(await addresses()).toEqual(before);
  await clusters.delete("demo");
  expect(await inventory(engine)).toEqual([]);
});
