import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fakeContainerds } from "../../../test-support/containerd.js";
import { memoryConfig, memoryDeps, memoryEngine } from "../../../test-support/memory-cluster.js";
import { resolveConfig } from "../../config/resolve.js";
import type { SimpleConfig } from "../../config/simple-config.js";
import type { MemoryRuntime } from "../../testing/index.js";
import { ClusterService } from "../clusters/cluster-service.js";
import { ETCD_SNAPSHOT_DIRECTORY } from "./node-paths.js";
import { SnapshotService } from "./snapshot-service.js";

const SERVER = "k3d-demo-server-0";

let home: string;
let engine: MemoryRuntime;
let deps: ReturnType<typeof memoryDeps>;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-restored-"));
  engine = memoryEngine(undefined, undefined, ["/var/lib/rancher/k3s", "/var/log"]);
  fakeContainerds(engine);
  deps = memoryDeps(engine, engine, home);
});
afterEach(() => rm(home, { recursive: true }));

const clusters = (): ClusterService => new ClusterService(deps);
const snapshots = (): SnapshotService => new SnapshotService(deps);
const demo = (config: Partial<SimpleConfig>) => clusters().create(memoryConfig(config));

/** The config of the snapshot for a cluster of this name. */
async function configFor(name: string, changes: Partial<SimpleConfig> = {}) {
  const config = await snapshots().config("kept", { cluster: name });
  return resolveConfig({ ...config, ...changes, metadata: { name } });
}

it("gives no node the volumes of another one, also after nodes were replaced", async () => {
  await demo({ agents: 2 });
  await clusters().edit("demo", { env: ["A=1"] });
  const volumesOf = async (name: string): Promise<string[]> =>
    (await engine.containers.inspect(name)).mounts.flatMap(({ type, source, destination }) =>
      type === "volume" && source !== undefined && destination !== "/k3d/images" ? [source] : [],
    );
  const nodes = ["server-0", "agent-0", "agent-1"];
  const before = await Promise.all(nodes.map((node) => volumesOf(`k3d-demo-${node}`)));
  expect(before.every((volumes) => volumes.length > 0)).toBe(true);
  await snapshots().create("demo", { name: "kept" });
  await snapshots().restore("kept", await configFor("fewer", { agents: 1 }));
  await snapshots().restore("kept", await configFor("demo"), { replace: true });
  const after = await Promise.all(
    [...nodes.map((node) => `k3d-demo-${node}`), "k3d-fewer-server-0", "k3d-fewer-agent-0"].map(
      volumesOf,
    ),
  );
  const all = [...before, ...after].flat();
  expect(new Set(all).size).toBe(all.length);
});

it("waits for the nodes themselves, where the data has Node objects of their names", async () => {
  await demo({ servers: 3, agents: 1 });
  engine.files(SERVER).writeText(`${ETCD_SNAPSHOT_DIRECTORY}/k3d-kept-1`, "objects");
  engine.onExec(SERVER, /datastore etcd/, (process) =>
    process.print("k3s version v1.30.0+k3s1\ndatastore etcd").then(() => 0),
  );
  engine.onExec(SERVER, /ls -1/, (process) => process.print("k3d-kept-1").then(() => 0));
  await snapshots().create("demo", { name: "kept" });
  const config = await configFor("demo");
  // Every node takes a few looks until its kubelet is up.
  const looks = new Map<string, number>();
  const together: string[][] = [];
  const { kube } = deps;
  deps = {
    ...deps,
    kube: (...entry) => {
      const client = kube(...entry);
      const send: typeof client.send = async (request, signal) => {
        if (!request.path.includes("leases")) return client.send(request, signal);
        const running = (await engine.containers.list()).flatMap(({ name, status }) =>
          status === "running" ? [name] : [],
        );
        for (const name of running) looks.set(name, (looks.get(name) ?? 0) + 1);
        const late = running.filter((name) => (looks.get(name) ?? 0) < 4);
        together.push(late.filter((name) => name.includes("server")));
        const items = running
          .filter((name) => !late.includes(name))
          .map((name) => ({
            metadata: { name },
            spec: { renewTime: new Date(Date.now() + 1000).toISOString() },
          }));
        return { status: 200, body: JSON.stringify({ items }) };
      };
      return { ...client, send };
    },
  };
  await snapshots().restore("kept", config, { replace: true });
  const nodes = ["server-0", "server-1", "server-2", "agent-0"];
  for (const node of nodes) expect(looks.get(`k3d-demo-${node}`)).toBeGreaterThanOrEqual(4);
  expect(together.some((late) => late.includes("k3d-demo-server-2"))).toBe(true);
  expect(
    together.some(
      (late) => late.includes("k3d-demo-server-1") && late.includes("k3d-demo-server-2"),
    ),
  ).toBe(false);
});
