import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  inventory,
  memoryConfig,
  memoryDeps,
  memoryEngine,
  NEW_IMAGE,
} from "../../../test-support/memory-cluster.js";
import { K3dError } from "../../errors/index.js";
import type { SimpleConfig } from "../../config/simple-config.js";
import type { CoreSettings } from "../../observe/settings.js";
import type { RuntimeCapabilities } from "../../runtime/capabilities.js";
import { NodeService } from "../nodes/node-service.js";
import { ClusterService } from "./cluster-service.js";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-preflight-"));
});
afterEach(async () => {
  await chmod(home, 0o700);
  await rm(home, { recursive: true });
});

function world(
  settings: Partial<CoreSettings> = {},
  capabilities: Partial<RuntimeCapabilities> = {},
) {
  const engine = memoryEngine();
  const deps = memoryDeps(engine, engine, home);
  Object.assign(deps.settings, settings);
  Object.assign(engine.capabilities, capabilities);
  return { engine, deps, clusters: new ClusterService(deps), nodes: new NodeService(deps) };
}

/** Calls that make or change something. */
const WORK = /\.(?:create|start|stop|remove|rename|pull|connect|putArchive)$/;

/** Creates what must be refused, and expects that the engine was only looked at. */
async function refused(
  { engine, clusters }: ReturnType<typeof world>,
  config: Partial<SimpleConfig>,
): Promise<Error & { code: string; hint?: string }> {
  const before = engine.calls.length;
  const at = await inventory(engine);
  const error = await clusters.create(memoryConfig(config)).then(
    () => undefined,
    (failure: unknown) => failure as Error & { code: string },
  );
  if (error === undefined) throw new Error("nothing was refused");
  // The dry run says the same.
  await expect(clusters.plan(memoryConfig(config))).rejects.toMatchObject({
    code: error.code,
    message: error.message,
  });
  expect(await inventory(engine)).toEqual(at);
  const work = engine.calls.slice(before).filter(({ operation }) => WORK.test(operation));
  expect(work.map(({ operation }) => operation)).toEqual([]);
  return error;
}

describe("host ports", () => {
  const taken = (...ports: number[]): Partial<CoreSettings> => ({
    isPortFree: async (port) => !ports.includes(port),
  });
  const local = { localBindMounts: true };

  it("of a node are its cluster's and its own", async () => {
    const w = world({}, local);
    await w.clusters.create(
      memoryConfig({ metadata: { name: "other" }, ports: [{ port: "8080:80" }] }),
    );
    Object.assign(w.deps.settings, taken(8080));
    expect(await refused(w, { ports: [{ port: "8080:80" }] })).toMatchObject({
      code: "PORT_IN_USE",
      message: "Host port 8080/tcp is taken by k3d-other-serverlb of cluster other",
      hint: expect.stringContaining("another host port") as string,
    });
  });

  it("of a container that is not k3d's go by its name", async () => {
    const w = world({}, local);
    await w.engine.containers.create({
      name: "web",
      image: NEW_IMAGE,
      process: { env: [] },
      mounts: [],
      linux: {},
      networks: [],
      labels: {},
      ports: [{ containerPort: 80, hostPort: 8080, protocol: "tcp" }],
    });
    await w.engine.containers.start("web");
    Object.assign(w.deps.settings, taken(8080));
    expect((await refused(w, { ports: [{ port: "8080:80" }] })).message).toBe(
      "Host port 8080/tcp is taken by container web",
    );
  });

  it("of another container at another address are not what is in the way", async () => {
    const w = world({ portOwner: async () => "process nginx (12)" }, local);
    await w.clusters.create(
      memoryConfig({ metadata: { name: "other" }, ports: [{ port: "127.0.0.9:8080:80" }] }),
    );
    Object.assign(w.deps.settings, taken(8080));
    expect((await refused(w, { ports: [{ port: "127.0.0.1:8080:80" }] })).message).toBe(
      "Host port 8080/tcp is taken by process nginx (12)",
    );
  });

  it("of another program go by its process, where that can be told", async () => {
    const portOwner = async (port: number) => `process ${port === 6550 ? "nginx (12)" : "?"}`;
    const w = world({ ...taken(6550), portOwner }, local);
    expect((await refused(w, { kubeAPI: { hostPort: "6550" } })).message).toBe(
      "Host port 6550/tcp is taken by process nginx (12)",
    );
    const unknown = world(taken(6550), local);
    expect((await refused(unknown, { kubeAPI: { hostPort: "6550" } })).message).toBe(
      "Host port 6550/tcp is taken",
    );
  });

  it("of an engine elsewhere are looked at there: what it publishes, and what listens besides", async () => {
    const w = world(taken(8080, 9090));
    await w.clusters.create(
      memoryConfig({ metadata: { name: "other" }, ports: [{ port: "8088:80" }] }),
    );
    expect((await refused(w, { ports: [{ port: "8088:80" }] })).message).toBe(
      "Host port 8088/tcp is taken by k3d-other-serverlb of cluster other",
    );
    const asked: string[] = [];
    w.deps.runtime.dial = async ({ host, port }) => {
      asked.push(`${host}:${port}`);
      if (port === 7070) return new PassThrough();
      throw new K3dError("REMOTE_UNAVAILABLE", "nothing listens there");
    };
    expect((await refused(w, { ports: [{ port: "7070:80" }] })).message).toBe(
      "Host port 7070/tcp is taken",
    );
    expect(asked).toContain("127.0.0.1:7070");
    // Those of this machine do not count.
    const config = memoryConfig({ ports: [{ port: "8080:80" }, { port: "127.0.0.5:9090:81" }] });
    await w.clusters.plan(config);
    expect(asked).toEqual(expect.arrayContaining(["127.0.0.1:8080", "127.0.0.5:9090"]));
  });

  it("are asked for once: --api-port against --port", () => {
    expect(() =>
      memoryConfig({ kubeAPI: { hostPort: "6550" }, ports: [{ port: "6550:80" }] }),
    ).toThrow("Host port 6550 is asked for twice: by the API and by this port");
  });
});

it("refuses a name that a cluster on another runtime has", async () => {
  const w = world({ otherClusters: async () => new Map([["demo", "podman"]]) });
  expect(await refused(w, {})).toMatchObject({
    code: "ALREADY_EXISTS",
    message: "Cluster 'demo' exists already, on podman",
  });
});

describe("the network", () => {
  it.each([
    ["the same", "172.30.0.0/16"],
    ["within", "172.30.4.0/24"],
    ["around", "172.16.0.0/12"],
  ])("has a subnet of its own: %s", async (_, subnet) => {
    const w = world();
    await w.engine.networks.create({ name: "theirs", labels: {}, subnet: "172.30.0.0/16" });
    expect(await refused(w, { subnet })).toMatchObject({
      code: "NETWORK_IN_USE",
      message: `Subnet ${subnet} is taken: network 'theirs' has 172.30.0.0/16`,
    });
  });

  it("may be beside all others", async () => {
    const w = world();
    await w.engine.networks.create({ name: "theirs", labels: {}, subnet: "172.30.0.0/16" });
    await w.clusters.create(memoryConfig({ subnet: "172.31.0.0/16" }));
    expect((await w.engine.networks.inspect("k3d-demo")).subnets[0]?.subnet).toBe("172.31.0.0/16");
  });

  it("is not that of all containers, nor none", async () => {
    expect(await refused(world(), { network: "none" })).toMatchObject({ code: "INVALID_INPUT" });
    const w = world();
    const info = await w.engine.info();
    w.engine.info = async () => ({ ...info, defaultNetwork: "bridge" });
    expect(await refused(w, { network: "bridge" })).toMatchObject({ code: "INVALID_INPUT" });
  });
});

describe("the kubeconfig", () => {
  const file = async (text: string): Promise<string> => {
    await mkdir(join(home, ".kube"));
    await writeFile(join(home, ".kube", "config"), text);
    return join(home, ".kube", "config");
  };

  it("can be parsed", async () => {
    const path = await file("clusters: [\n");
    expect(await refused(world(), {})).toMatchObject({ code: "INVALID_CONFIG" });
    expect(await readFile(path, "utf8")).toBe("clusters: [\n");
  });

  it("can be locked", async () => {
    const path = await file("");
    await writeFile(`${path}.lock`, "");
    // Each look at the clock is five seconds after the one before.
    let now = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => (now += 5000));
    const error = await refused(world(), {});
    clock.mockRestore();
    expect(error).toMatchObject({ code: "LOCKED" });
  });

  it("can be written", async () => {
    // A file where the directory should be: that holds for root as well.
    await writeFile(join(home, ".kube"), "");
    const error = await refused(world(), {});
    expect(error.code).not.toBe("INTERNAL");
    expect(error.message).toContain(join(home, ".kube"));
  });

  it("is nobody's business when it is not written", async () => {
    await file("clusters: [\n");
    const { cluster } = await world().clusters.create(
      memoryConfig({ options: { kubeconfig: { updateDefaultKubeconfig: false } } }),
    );
    expect(cluster.name).toBe("demo");
  });
});

it("ends when all of its looks have ended, so that none is left with a lock", async () => {
  const w = world({
    otherClusters: async () => {
      throw new Error("the other engine has died");
    },
  });
  let ended = false;
  w.deps.kubeconfigStore.check = async (_path, { signal } = {}) => {
    await new Promise((resolve) => signal?.addEventListener("abort", resolve));
    await new Promise((resolve) => setImmediate(resolve));
    ended = true;
  };
  await expect(w.clusters.create(memoryConfig())).rejects.toThrow("the other engine has died");
  expect(ended).toBe(true);
});

it("makes nothing for an image that cannot be had", async () => {
  const w = world();
  const failure = await w.clusters.create(memoryConfig({ image: "example.org/missing:1" })).then(
    () => undefined,
    (error: unknown) => error as { code: string },
  );
  expect(failure?.code).toMatch(/IMAGE_NOT_FOUND|REMOTE_UNAVAILABLE/);
  const made = w.engine.calls.filter(({ operation }) => operation.endsWith(".create"));
  expect(made).toEqual([]);
});

describe("a runtime that cannot rename", () => {
  it("refuses to replace a node before it is stopped", async () => {
    const w = world({}, { rename: false });
    await w.clusters.create(memoryConfig({ agents: 1 }));
    const at = await inventory(w.engine);
    for (const change of [
      () => w.clusters.edit("demo", { image: NEW_IMAGE }),
      () => w.clusters.edit("demo", { image: NEW_IMAGE }, { dryRun: true }),
      () => w.clusters.apply(memoryConfig({ agents: 1, image: NEW_IMAGE })),
      () => w.nodes.edit("k3d-demo-agent-0", { portAdd: ["8080:80"] }),
    ]) {
      const before = w.engine.calls.length;
      await expect(change()).rejects.toMatchObject({
        code: "UNSUPPORTED",
        message: expect.stringContaining('"rename"') as string,
      });
      const work = w.engine.calls.slice(before).filter(({ operation }) => WORK.test(operation));
      expect(work).toEqual([]);
    }
    expect(await inventory(w.engine)).toEqual(at);
  });

  it("still adds nodes", async () => {
    const w = world({}, { rename: false });
    await w.clusters.create(memoryConfig({}));
    await w.clusters.edit("demo", { agents: 1 });
    expect(await inventory(w.engine)).toContain("container k3d-demo-agent-0 running");
  });
});
