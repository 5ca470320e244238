import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  inventory,
  memoryConfig,
  memoryDeps,
  memoryEngine,
} from "../../../test-support/memory-cluster.js";
import type { SimpleConfig } from "../../config/simple-config.js";
import { LABELS } from "../../model/labels.js";
import { observeCluster } from "../../observe/cluster.js";
import { configOf } from "../../plan/config-of.js";
import { changesText } from "../../plan/text.js";
import type { RuntimeCapabilities } from "../../runtime/capabilities.js";
import type { ContainerInfo } from "../../runtime/containers.js";
import { NodeService } from "../nodes/node-service.js";
import { ClusterService } from "./cluster-service.js";

let home: string;
let engine: ReturnType<typeof memoryEngine>;
let deps: ReturnType<typeof memoryDeps>;
let clusters: ClusterService;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-dual-"));
  engine = memoryEngine();
  deps = memoryDeps(engine, engine, home);
  clusters = new ClusterService(deps);
});
afterEach(async () => {
  await engine.close();
  await rm(home, { recursive: true });
});

const SUBNET = "172.28.0.0/16,fd00:28::/64";
const inspect = (name: string): Promise<ContainerInfo> => engine.containers.inspect(name);
const argsOf = async (name: string): Promise<string[]> =>
  (await inspect(name)).spec.process.args ?? [];
const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe("a cluster of both address families", () => {
  it("has fixed addresses of both, told to k3s, and the host under both", async () => {
    await clusters.create(memoryConfig({ agents: 1, subnet: SUBNET }));
    const network = await engine.networks.inspect("k3d-demo");
    expect(network.subnets).toEqual([
      { subnet: "172.28.0.0/16", gateway: "172.28.0.1", dynamicRange: "172.28.128.0/17" },
      { subnet: "fd00:28::/64", gateway: "fd00:28::1", dynamicRange: "fd00:28:0:0:8000::/66" },
    ]);
    const agent = await inspect("k3d-demo-agent-0");
    expect(agent.networks).toMatchObject([
      { fixedIpv4Address: "172.28.0.4", fixedIpv6Address: "fd00:28::4" },
    ]);
    expect(agent.spec.extraHosts).toEqual([
      { ip: "172.28.0.1", hostnames: ["host.k3d.internal"] },
      { ip: "fd00:28::1", hostnames: ["host.k3d.internal"] },
    ]);
    expect((await argsOf("k3d-demo-agent-0")).slice(1)).toEqual([
      "agent",
      "--node-ip=172.28.0.4,fd00:28::4",
    ]);
    expect(await argsOf("k3d-demo-server-0")).toEqual(
      expect.arrayContaining([
        "--node-ip=172.28.0.3,fd00:28::3",
        "--cluster-cidr=10.42.0.0/16,fd00:10:42::/56",
        "--service-cidr=10.43.0.0/16,fd00:10:43::/112",
        "--flannel-ipv6-masq",
      ]),
    );
    // Published at all addresses of both families, not at those of one.
    expect((await inspect("k3d-demo-serverlb")).spec.ports[0]?.hostIp).toBeUndefined();
  });

  it.each<Partial<SimpleConfig>>([
    { ipFamily: "dual" },
    { ipv6: true },
    { subnet: "auto,auto" },
    { ipFamily: "dual", subnet: "172.28.0.0/16" },
  ])("gets an IPv6 network that no other has: %o", async (families) => {
    await clusters.create(memoryConfig(families));
    await clusters.create(
      memoryConfig({ ...families, subnet: undefined, ipv6: true, metadata: { name: "other" } }),
    );
    const networks = await engine.networks.list();
    const ranges = networks.map(({ subnets }) => subnets[1]?.subnet);
    expect(new Set(ranges).size).toBe(2);
    for (const range of ranges)
      expect(range).toMatch(/^fd[0-9a-f]{2}:[0-9a-f]{1,4}:[0-9a-f]{1,4}::\/64$/);
  });

  it("stays as it is when applied again, also by a file that says nothing of families", async () => {
    const config = { agents: 1, ipFamily: "dual", ports: [{ port: "[::1]:8080:80" }] } as const;
    await clusters.create(memoryConfig({ ...config, ports: [...config.ports] }));
    for (const again of [{ ...config }, { ...config, ipFamily: undefined }]) {
      const { changes } = await clusters.apply(
        memoryConfig({ ...again, ports: [...config.ports] }),
      );
      expect(changesText(changes)).toBe(changesText([]));
    }
  });

  it("gives nodes that are added, and those made anew, addresses of both", async () => {
    const config = memoryConfig({ servers: 3, subnet: SUBNET });
    await clusters.create(config);
    const request = { name: "more", role: "server", cluster: "demo", replicas: 1 } as const;
    await new NodeService(deps).create(request);
    expect(await argsOf("k3d-more-0")).toEqual(
      expect.arrayContaining([
        "--node-ip=172.28.0.7,fd00:28::7",
        "--service-cidr=10.43.0.0/16,fd00:10:43::/112",
      ]),
    );
    await engine.containers.remove("k3d-demo-server-1", { force: true });
    await clusters.apply(config);
    expect((await inspect("k3d-demo-server-1")).networks).toMatchObject([
      { fixedIpv4Address: "172.28.0.4", fixedIpv6Address: "fd00:28::4" },
    ]);
  });

  it("comes back with its addresses when its network is gone", async () => {
    const config = memoryConfig({ agents: 1, ipv6: true });
    await clusters.create(config);
    const before = (await inspect("k3d-demo-agent-0")).networks[0]?.fixedIpv6Address;
    for (const { id } of await engine.containers.list())
      await engine.networks.disconnect("k3d-demo", id, { force: true });
    await engine.networks.remove("k3d-demo");
    await clusters.apply(memoryConfig({ agents: 1 }));
    expect((await inspect("k3d-demo-agent-0")).networks[0]?.fixedIpv6Address).toBe(before);
    expect((await clusters.apply(config)).changes).toEqual([]);
  });

  it("gets its lost load balancer back at its start with addresses of both", async () => {
    const config = memoryConfig({ subnet: SUBNET });
    await clusters.create(config);
    const addresses = async (): Promise<unknown> =>
      (await inspect("k3d-demo-serverlb")).networks.map((network) => [
        network.fixedIpv4Address,
        network.fixedIpv6Address,
      ]);
    const before = await addresses();
    await engine.containers.remove("k3d-demo-serverlb", { force: true });
    await clusters.start("demo");
    expect(await addresses()).toEqual(before);
    expect((await clusters.apply(config)).changes).toEqual([]);
  });

  it("is described so that another one like it can be made: with its families, without its addresses", async () => {
    await clusters.create(memoryConfig({ agents: 1, subnet: SUBNET }));
    const observed = await observeCluster(engine, "demo", {});
    const config = configOf(observed!, {
      imageLabels: {},
      registriesYaml: undefined,
      hooks: undefined,
    });
    expect(config).toMatchObject({ ipFamily: "dual", options: { k3s: { extraArgs: [] } } });
    await clusters.create(memoryConfig({ ...config, metadata: { name: "copy" }, kubeAPI: {} }));
    const [v6] = (await inspect("k3d-copy-server-0")).networks.map(
      (network) => network.ipv6Address,
    );
    expect(v6).toMatch(/^fd/);
    expect(v6).not.toMatch(/^fd00:28:/);
  });

  it("keeps what the user says of k3s' networks and of a node's addresses", async () => {
    const extraArgs = [
      "--cluster-cidr=10.52.0.0/16,fd00:52::/56",
      "--service-cidr=10.53.0.0/16,fd00:53::/112",
      "--node-ip=172.28.0.3",
    ].map((arg) => ({ arg, nodeFilters: ["server:0"] }));
    await clusters.create(memoryConfig({ ipv6: true, options: { k3s: { extraArgs } } }));
    const args = await argsOf("k3d-demo-server-0");
    expect(args.filter((arg) => /cidr|node-ip/.test(arg))).toEqual(extraArgs.map(({ arg }) => arg));
  });

  it.each([
    ["--cluster-cidr=10.52.0.0/16", /--cluster-cidr names 10\.52\.0\.0\/16 alone/],
    ["--service-cidr=172.28.0.0/24,fd00:53::/112", /overlaps 172\.28\.0\.0\/24/],
    ["--cluster-cidr=10.52.0.0/16,fd00:28::/56", /overlaps fd00:28::\/56/],
  ])("is refused with %s, and leaves nothing", async (arg, message) => {
    const extraArgs = [{ arg, nodeFilters: ["server:*"] }];
    await expect(
      clusters.create(memoryConfig({ subnet: SUBNET, options: { k3s: { extraArgs } } })),
    ).rejects.toEqual(refusal("CONFLICTING_OPTIONS", message));
    expect(await inventory(engine)).toEqual([]);
  });

  it("is refused where another network has the IPv6 subnet", async () => {
    await engine.networks.create({ name: "mine", labels: {}, ipv6: { subnet: "fd00:28::/60" } });
    await expect(clusters.create(memoryConfig({ subnet: "auto,fd00:28::/64" }))).rejects.toEqual(
      refusal("NETWORK_IN_USE", /'mine' has fd00:28::\/60/),
    );
  });

  it.each(["ipv6", "staticIp", "dynamicRange"] satisfies (keyof RuntimeCapabilities)[])(
    "is refused by an engine that lacks %s",
    async (capability) => {
      Object.assign(engine.capabilities, { [capability]: false });
      await expect(clusters.create(memoryConfig({ ipv6: true }))).rejects.toEqual(
        refusal("UNSUPPORTED", new RegExp(`"${capability}"`)),
      );
      expect(await inventory(engine)).toEqual([]);
    },
  );
});

describe("a cluster with IPv4 alone", () => {
  it("asks an engine for nothing of IPv6", async () => {
    Object.assign(engine.capabilities, { ipv6: false });
    await clusters.create(memoryConfig({ agents: 1, subnet: "172.28.0.0/16" }));
    const { labels, spec } = await inspect("k3d-demo-server-0");
    expect(JSON.stringify(spec)).not.toContain("fd00");
    expect(Object.keys(labels)).not.toContain(LABELS.networkIpv6Range);
  });

  it("cannot be turned into one of both, nor back", async () => {
    await clusters.create(memoryConfig());
    await expect(clusters.apply(memoryConfig({ ipv6: true }))).rejects.toEqual(
      refusal("INVALID_INPUT", /has IPv4 only, and IPv6 too is asked for/),
    );
    await clusters.create(memoryConfig({ metadata: { name: "both" }, ipv6: true }));
    await expect(
      clusters.apply(memoryConfig({ metadata: { name: "both" }, ipFamily: "ipv4" })),
    ).rejects.toEqual(refusal("INVALID_INPUT", /has both address families/));
  });

  it.each(["rancher/k3s:v1.21.14-k3s1", "rancher/k3s:v1.23.6-k3s1"])(
    "is refused with %s before anything is made",
    async (image) => {
      const before = await inventory(engine);
      await expect(clusters.create(memoryConfig({ ipv6: true, image }))).rejects.toEqual(
        refusal("INVALID_INPUT", /need k3s v1\.23\.7\+k3s1 or newer/),
      );
      expect(await inventory(engine)).toEqual(before);
    },
  );

  it("takes no notice of IPv6 networks of others", async () => {
    await engine.networks.create({ name: "mine", labels: {}, ipv6: { subnet: "fd00:28::/60" } });
    await clusters.create(memoryConfig({ subnet: "172.29.0.0/16" }));
    await clusters.create(memoryConfig({ metadata: { name: "guest" }, network: "mine" }));
    expect((await inspect("k3d-guest-server-0")).spec.extraHosts).toHaveLength(1);
  });
});

describe("the config", () => {
  it.each<[Partial<SimpleConfig>, RegExp]>([
    [{ ipFamily: "ipv4", ipv6: true }, /IPv4 only and IPv6 are both asked for/],
    [{ ipFamily: "ipv4", subnet: "auto,fd00::/64" }, /IPv4 only and IPv6 are both asked for/],
    [{ ipv6: false, subnet: "auto,fd00::/64" }, /IPv4 only is asked for/],
    [{ ipv6: false, ipFamily: "dual" }, /IPv4 only and both families are asked for/],
    [{ ipv6: true, network: "mine" }, /is not possible on network 'mine'/],
    [{ ipv6: true, network: "host" }, /is not possible on network 'host'/],
    [{ ipv6: true, machines: [{ name: "big" }] }, /several machines has IPv4 only/],
  ])("%o is refused", (config, message) => {
    expect(() => memoryConfig(config)).toThrow(refusal("CONFLICTING_OPTIONS", message));
  });
});
