import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  addRegistry,
  inventory,
  memoryConfig,
  memoryDeps,
  memoryEngine,
} from "../../../test-support/memory-cluster.js";
import { K3dError } from "../../errors/index.js";
import type { K3dEvent } from "../../events/index.js";
import { interceptRuntime } from "../../runtime/intercept.js";
import { NodeService } from "../nodes/node-service.js";
import { ClusterService } from "./cluster-service.js";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-create-"));
});
afterEach(async () => {
  await rm(home, { recursive: true });
});

function world() {
  const engine = memoryEngine();
  const deps = memoryDeps(engine, engine, home);
  return { engine, deps, clusters: new ClusterService(deps), nodes: new NodeService(deps) };
}

describe("one name, twice at once", () => {
  it("one creation wins, the other says so, and a deletion leaves nothing", async () => {
    const { engine, clusters } = world();
    const outcomes = await Promise.allSettled([
      clusters.create(memoryConfig({ agents: 1 })),
      clusters.create(memoryConfig({ agents: 1 })),
    ]);
    const failures = outcomes.flatMap((outcome) =>
      outcome.status === "rejected" ? [outcome.reason as K3dError] : [],
    );
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({
      code: "ALREADY_EXISTS",
      message: expect.stringContaining("demo") as string,
    });
    expect((await clusters.get("demo")).nodes.map(({ name }) => name).toSorted()).toEqual([
      "k3d-demo-agent-0",
      "k3d-demo-server-0",
      "k3d-demo-serverlb",
    ]);
    await clusters.delete("demo");
    expect(await inventory(engine)).toEqual([]);
  });

  it("a deletion during a creation leaves nothing, or the cluster", async () => {
    const { engine, clusters } = world();
    const gate = engine.hold("containers.start");
    const creation = clusters.create(memoryConfig({ agents: 1 })).then(
      () => undefined,
      (error: unknown) => error as K3dError,
    );
    await gate.reached;
    await clusters.delete("demo");
    gate.release();
    const failure = await creation;
    expect(failure?.code).not.toBe("INTERNAL");
    expect(failure?.code).not.toBe("TIMEOUT");
    await clusters.delete("demo").catch(() => {});
    expect(await inventory(engine)).toEqual([]);
  });
});

describe("directories that bind mounts name and this machine lacks", () => {
  it("are made, and go again with a creation that fails", async () => {
    const { engine, deps, clusters } = world();
    const there = new Set<string>();
    deps.settings.pathExists = async (path) => path !== "/srv/new";
    deps.settings.makeDirectory = async (path) => {
      there.add(path);
      return async () => void there.delete(path);
    };
    engine.fail("containers.create", new K3dError("CONTAINER_FAILED", "no room"), {
      subject: "k3d-demo-server-0",
    });
    Object.assign(engine.capabilities, { localBindMounts: true });
    const config = memoryConfig({ volumes: [{ volume: "/srv/new:/data" }] });
    await expect(clusters.create(config)).rejects.toThrow("no room");
    expect([...there]).toEqual([]);
    await clusters.create(config);
    expect([...there]).toEqual(["/srv/new"]);
  });
});

describe("a registry that another tool made with the role alone", () => {
  it("is used by its name and the port that it publishes", async () => {
    const { engine, clusters } = world();
    const id = await engine.containers.create({
      name: "ctlptl-registry",
      image: "docker.io/library/registry:test",
      process: { env: [] },
      mounts: [],
      linux: {},
      networks: [],
      ports: [{ containerPort: 5000, hostPort: 15_507, hostIp: "127.0.0.1", protocol: "tcp" }],
      labels: { "k3d.role": "registry" },
    });
    await engine.containers.start(id);
    await clusters.create(memoryConfig({ registries: { use: ["ctlptl-registry:15507"] } }));
    const text = engine.files("k3d-demo-server-0").readText("/etc/rancher/k3s/registries.yaml");
    expect(parse(text ?? "")).toMatchObject({
      mirrors: { "ctlptl-registry:15507": { endpoint: ["http://ctlptl-registry:5000"] } },
    });
    const { containers } = await engine.networks.inspect("k3d-demo");
    expect(containers.map(({ name }) => name)).toContain("ctlptl-registry");
    await clusters.delete("demo");
    expect(await inventory(engine)).toEqual(["container ctlptl-registry running"]);
  });

  it.each([
    "k3d-reg",
    "reg",
    "reg:5000",
    "k3d-reg:5000",
    "http://k3d-reg:5000",
    "https://reg",
    // None of its ports: it is found by its name, as v5 finds it.
    "k3d-reg:5001",
    "k3d-reg:5000:15000",
    "reg:0",
  ])("is found as %s", async (use) => {
    const { engine, deps, clusters } = world();
    await addRegistry(engine, "k3d-reg");
    await clusters.create(memoryConfig({ registries: { use: [use] } }));
    const { containers } = await engine.networks.inspect("k3d-demo");
    expect(containers.map(({ name }) => name)).toContain("k3d-reg");
    const isWarned = deps.told.some((event) => JSON.stringify(event).includes("does not listen"));
    expect(isWarned).toBe(/5001|15000|:0$/.test(use));
  });
});

describe("a node", () => {
  it.each(["k3d-demo-agent-0", "demo-agent-0"])("is found as %s", async (name) => {
    const { engine, clusters, nodes } = world();
    await clusters.create(memoryConfig({ agents: 1 }));
    const status = async () => (await engine.containers.inspect("k3d-demo-agent-0")).status;
    await nodes.stop(name);
    expect(await status()).toBe("stopped");
    await nodes.start(name);
    expect(await status()).toBe("running");
    await nodes.delete([name]);
    expect(await inventory(engine)).not.toContain("container k3d-demo-agent-0 running");
  });
});

describe("several servers", () => {
  it.each(["at once", "later"])(
    "that are made %s join as soon as the one before votes, which is before its node is there",
    async (when) => {
      const engine = memoryEngine();
      const { memoryKube, ...deps } = memoryDeps(engine, engine, home);
      const runtime = interceptRuntime(engine, async ({ name, args: [of], proceed }) => {
        const last = await engine.containers.inspect("k3d-demo-server-2").catch(() => undefined);
        if (name === "containers.start" && [last?.id, last?.name].includes(of as string)) {
          expect(memoryKube.nodes).not.toContain("k3d-demo-server-1");
          memoryKube.late.clear();
        }
        return proceed();
      });
      const clusters = new ClusterService({ ...deps, runtime });
      if (when === "later") {
        const extraArgs = [{ arg: "--cluster-init", nodeFilters: ["server:0"] }];
        await clusters.create(memoryConfig({ options: { k3s: { extraArgs } } }));
      }
      memoryKube.late.add("k3d-demo-server-1");
      if (when === "later") await clusters.edit("demo", { servers: 3 });
      else await clusters.create(memoryConfig({ servers: 3 }));
      expect(memoryKube.late.size).toBe(0);
      expect(memoryKube.nodes).toContain("k3d-demo-server-1");
    },
  );
});

describe("agents", () => {
  it.each([
    ["start when the first server lets them join, which is after its API answers", true],
    ["start at once where nobody waits", false],
  ])("%s", async (_, wait) => {
    const engine = memoryEngine();
    const { kube, ...deps } = memoryDeps(engine, engine, home);
    let looks = 0;
    const status = async (): Promise<string> =>
      (await engine.containers.inspect("k3d-demo-agent-0")).status;
    const clusters = new ClusterService({
      ...deps,
      kube: (...given) => {
        const client = kube(...given);
        const send: typeof client.send = async (request, ...more) => {
          if (/readyz|k3s-serving/.test(request.path)) expect(await status()).toBe("created");
          const isEarly = request.path.endsWith("/k3s-serving") && (looks += 1) < 4;
          const isServer = request.path === "/api/v1/nodes" && looks < 4;
          if (isEarly || isServer) return { status: 404, body: "" };
          return client.send(request, ...more);
        };
        return { ...client, send };
      },
    });
    await clusters.create(memoryConfig({ agents: 1, options: { k3d: { wait } } }));
    expect(looks).toBe(wait ? 4 : 0);
    expect(await status()).toBe("running");
  });
});

describe("servers without a node of their own", () => {
  const options = {
    k3s: { extraArgs: [{ arg: "--disable-agent", nodeFilters: ["server:*"] }] },
  };

  async function orderOf(act: (clusters: ClusterService) => Promise<unknown>): Promise<string[]> {
    const { deps } = world();
    const order: string[] = [];
    const emit = (event: K3dEvent): void => {
      if (event.type === "step.finished") order.push(event.id);
    };
    await act(new ClusterService({ ...deps, events: { emit } }));
    return order.filter((step) => /^(start|vote):.*-server-\d$/.test(step));
  }
  const start = (index: number) => `start:k3d-demo-server-${index}`;
  const vote = (index: number) => `vote:k3d-demo-server-${index}`;

  it("join one after the other, and the last one before the cluster is made", async () => {
    const order = await orderOf((clusters) =>
      clusters.create(memoryConfig({ servers: 3, options })),
    );
    expect(order).toEqual([start(0), start(1), vote(1), start(2), vote(2)]);
  });

  it("are waited for as well when a cluster gets more of them", async () => {
    const order = await orderOf(async (clusters) => {
      await clusters.create(memoryConfig({ options, servers: 1 }));
      await clusters.apply(memoryConfig({ options, servers: 3 }));
    });
    expect(order.slice(1)).toEqual([start(1), vote(1), start(2), vote(2)]);
  });
});
