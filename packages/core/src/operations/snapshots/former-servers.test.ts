import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { fakeContainerds } from "../../../test-support/containerd.js";
import { memoryConfig, memoryDeps, memoryEngine } from "../../../test-support/memory-cluster.js";
import { resolveConfig } from "../../config/resolve.js";
import type { KubeClient } from "../../readiness/index.js";
import { ClusterService } from "../clusters/cluster-service.js";
import { awaitOwnServers } from "./former-servers.js";
import { SnapshotService } from "./snapshot-service.js";

const { signal } = new AbortController();

/** An API that names these servers, one list after the other, and the last one for ever. */
function api(lists: string[][]): { client: KubeClient; asked: () => number } {
  let asked = 0;
  const client = {
    send: async () => {
      const addresses = lists[Math.min(asked, lists.length - 1)] ?? [];
      asked += 1;
      const subsets = [{ addresses: addresses.map((ip) => ({ ip })) }];
      return { status: 200, body: JSON.stringify({ subsets }) };
    },
  } as unknown as KubeClient;
  return { client, asked: () => asked };
}

function clock() {
  let now = 0;
  return {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
  };
}

const OWN = new Set(["10.9.0.3", "10.9.0.4"]);

it("waits until no server of the former cluster is named", async () => {
  const { client, asked } = api([["10.1.0.3", "10.9.0.3"], ["10.1.0.3", "10.9.0.3"], ["10.9.0.3"]]);
  await awaitOwnServers(client, OWN, clock(), signal);
  expect(asked()).toBe(3);
});

it("waits for no server of its own, nor where its addresses are not known", async () => {
  const { client, asked } = api([["10.9.0.3", "10.9.0.4"]]);
  await awaitOwnServers(client, OWN, clock(), signal);
  await awaitOwnServers(client, new Set(), clock(), signal);
  expect(asked()).toBe(1);
});

it("goes on after a minute where an address stays", async () => {
  const time = clock();
  await awaitOwnServers(api([["10.1.0.3"]]).client, OWN, time, signal);
  expect(time.now()).toBeGreaterThan(60_000);
  expect(time.now()).toBeLessThan(70_000);
});

it("lets no agent of a copy start before", async () => {
  const home = await mkdtemp(join(tmpdir(), "k3d-former-"));
  onTestFinished(() => rm(home, { recursive: true }));
  const engine = memoryEngine();
  fakeContainerds(engine);
  const memory = memoryDeps(engine, engine, home);
  await new ClusterService(memory).create(memoryConfig({ agents: 1 }));
  const service = new SnapshotService(memory);
  await service.create("demo", { name: "kept" });
  const statuses: string[] = [];
  const kube: typeof memory.kube = (...entry) => {
    const client = memory.kube(...entry);
    const send: typeof client.send = async (request, ...rest) => {
      if (!request.path.endsWith("/endpoints/kubernetes")) return client.send(request, ...rest);
      statuses.push((await engine.containers.inspect("k3d-other-agent-0")).status);
      const addresses = statuses.length < 4 ? [{ ip: "10.1.0.3" }] : [];
      return { status: 200, body: JSON.stringify({ subsets: [{ addresses }] }) };
    };
    return { ...client, send };
  };
  const config = {
    ...(await service.config("kept", { cluster: "other" })),
    metadata: { name: "other" },
  };
  await new SnapshotService({ ...memory, kube }).restore("kept", resolveConfig(config));
  expect(statuses).toEqual(["created", "created", "created", "created"]);
  expect((await engine.containers.inspect("k3d-other-agent-0")).status).toBe("running");
});
