import { describe, expect, it } from "vitest";
import { resolveConfig } from "../config/resolve.js";
import type { SimpleConfig } from "../config/simple-config.js";
import { LABELS } from "../model/labels.js";
import type { DesiredCluster, DesiredNode } from "./desired.js";
import { planWarnings } from "./warnings.js";
import { factsFixture } from "./facts.fixture.js";
import { loadBalancerScript } from "../loadbalancer/script.js";
import type { Facts } from "./facts.js";
import { desiredCluster } from "./desired-cluster.js";

const BASE = { apiVersion: "k3d.io/v1alpha5", kind: "Simple" } as const;

const resolved = (config: Partial<SimpleConfig>) =>
  resolveConfig({ ...BASE, metadata: { name: "demo" }, image: "k3s:test", ...config });

async function plan(
  config: Partial<SimpleConfig> = {},
  facts: Partial<Facts> = {},
): Promise<DesiredCluster> {
  return desiredCluster(resolved(config), factsFixture(facts));
}

async function warnings(
  config: Partial<SimpleConfig>,
  facts: Partial<Facts> = {},
): Promise<string[]> {
  return planWarnings(resolved(config), await plan(config, facts), factsFixture(facts));
}

function node(planned: DesiredCluster, name: string): DesiredNode {
  const found = planned.nodes.find((candidate) => candidate.name === `k3d-demo-${name}`);
  if (found === undefined) throw new Error(`no node ${name}`);
  return found;
}

const env = (planned: DesiredNode, name: string): string | undefined =>
  planned.spec.process.env.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);

describe("desiredCluster", () => {
  it("is serialisable and the same for the same input", async () => {
    const first = await plan({ servers: 3, agents: 2 });
    expect(JSON.parse(JSON.stringify(first))).toEqual(first);
    expect(await plan({ servers: 3, agents: 2 })).toEqual(first);
  });

  it("makes one server behind a load balancer by default", async () => {
    const first = await plan();
    const program = node(first, "serverlb").spec.process.args;
    expect(program?.splice(3, 1)).toEqual([loadBalancerScript()]);
    expect(JSON.parse(JSON.stringify(first))).toMatchSnapshot();
  });

  it("lets a single server keep its own datastore, and several form a cluster", async () => {
    expect(node(await plan(), "server-0").spec.process.args).not.toContain("--cluster-init");
    expect(env(node(await plan(), "server-0"), "K3S_URL")).toBeUndefined();
    const ha = await plan({ servers: 3, agents: 1 });
    expect(node(ha, "server-0").spec.process.args).toContain("--cluster-init");
    expect(node(ha, "server-1").spec.process.args).not.toContain("--cluster-init");
    expect(env(node(ha, "server-1"), "K3S_URL")).toBe("https://k3d-demo-server-0:6443");
    expect(env(node(ha, "agent-0"), "K3S_URL")).toBe("https://k3d-demo-server-0:6443");
    expect(node(ha, "server-1").spec.labels[LABELS.serverInit]).toBe("false");
  });

  it("tells the kubelets of a rootless engine's nodes that they are in a user namespace", async () => {
    const { info } = factsFixture();
    const config = {
      agents: 1,
      options: {
        k3s: {
          extraArgs: [{ arg: "--kubelet-arg=feature-gates=A=true", nodeFilters: ["agent:*"] }],
        },
      },
    };
    const planned = await plan(config, { info: { ...info, rootless: true } });
    const gates = (name: string): string[] =>
      (node(planned, name).spec.process.args ?? []).filter((arg) => arg.includes("feature-gates"));
    expect(gates("server-0")).toEqual(["--kubelet-arg=feature-gates=KubeletInUserNamespace=true"]);
    expect(gates("agent-0")).toEqual([
      "--kubelet-arg=feature-gates=A=true,KubeletInUserNamespace=true",
    ]);
    expect(JSON.stringify(await plan(config))).not.toContain("KubeletInUserNamespace");
  });

  it("keeps servers with an external datastore independent", async () => {
    const planned = await plan({
      servers: 2,
      options: {
        k3s: {
          extraArgs: [{ arg: "--datastore-endpoint=postgres://db", nodeFilters: ["server:*"] }],
        },
      },
    });
    expect(node(planned, "server-0").spec.process.args).not.toContain("--cluster-init");
    expect(env(node(planned, "server-1"), "K3S_URL")).toBeUndefined();
  });

  it("publishes the API on the load balancer, or on the first server without one", async () => {
    const withPort = await plan({
      kubeAPI: { host: "k3d.example", hostIP: "127.0.0.1", hostPort: "6550" },
    });
    expect(node(withPort, "serverlb").spec.ports[0]).toEqual({
      containerPort: 6443,
      protocol: "tcp",
      hostIp: "127.0.0.1",
      hostPort: 6550,
    });
    expect(node(withPort, "server-0").spec.process.args).toContain("k3d.example");
    const noLb = await plan({ servers: 3, options: { k3d: { disableLoadbalancer: true } } });
    expect(noLb.nodes.some(({ role }) => role === "loadbalancer")).toBe(false);
    expect(node(noLb, "server-0").spec.ports).toEqual([
      { containerPort: 6443, protocol: "tcp", hostIp: "0.0.0.0" },
    ]);
    expect(node(noLb, "server-1").spec.ports).toEqual([]);
    expect(noLb.api.publishedBy).toBe("k3d-demo-server-0");
  });

  it("forwards ports through the load balancer and publishes direct ones on their node", async () => {
    const planned = await plan({
      agents: 2,
      ports: [
        { port: "2222:3333", nodeFilters: ["server:0"] },
        { port: "8080:80", nodeFilters: ["server:0:proxy"] },
        { port: "1234:4321/tcp", nodeFilters: ["agent:0:direct"] },
        { port: "4444:5555", nodeFilters: ["loadbalancer:0:proxy"] },
        { port: "5353:53/udp" },
        { port: "9000-9001:9000-9001", nodeFilters: ["agents:*"] },
      ],
    });
    expect(planned.loadBalancer?.ports).toEqual({
      "6443.tcp": ["k3d-demo-server-0"],
      "3333.tcp": ["k3d-demo-server-0"],
      "80.tcp": ["k3d-demo-server-0"],
      "5555.tcp": ["k3d-demo-server-0", "k3d-demo-agent-0", "k3d-demo-agent-1"],
      "53.udp": ["k3d-demo-server-0", "k3d-demo-agent-0", "k3d-demo-agent-1"],
      "9000.tcp": ["k3d-demo-agent-0", "k3d-demo-agent-1"],
      "9001.tcp": ["k3d-demo-agent-0", "k3d-demo-agent-1"],
    });
    expect(node(planned, "agent-0").spec.ports).toEqual([
      { containerPort: 4321, protocol: "tcp", hostPort: 1234 },
    ]);
    expect(node(planned, "serverlb").spec.ports.map(({ hostPort }) => hostPort)).toEqual([
      undefined,
      2222,
      8080,
      4444,
      5353,
      9000,
      9001,
    ]);
    // Port 53 is the user's now, so the load balancer passes no DNS queries on.
    expect(env(node(planned, "serverlb"), "K3D_DNS_UPSTREAM")).toBeUndefined();
  });

  it.each([{ port: "8080:80", nodeFilters: ["agent:*:direct"] }, { port: "9899:9899/sctp" }])(
    "refuses port $port for $nodeFilters",
    async (port) => {
      await expect(plan({ agents: 2, ports: [port] })).rejects.toThrow(
        expect.objectContaining({ code: "INVALID_INPUT" }),
      );
    },
  );

  it("refuses one host port that leads to two places", async () => {
    const ports = [{ port: "8080:80" }, { port: "8080:81" }];
    await expect(plan({ ports })).rejects.toThrow(/8080/);
  });

  it("gives fixed addresses from .3 on: servers, agents, load balancer", async () => {
    const planned = await plan({ servers: 3, agents: 1, subnet: "172.80.0.0/16" });
    expect(planned.network).toMatchObject({
      action: "create",
      subnet: "172.80.0.0/16",
      gateway: "172.80.0.1",
      fixedAddresses: true,
    });
    const address = (name: string): string | undefined =>
      node(planned, name).spec.networks[0]?.ipv4Address;
    expect(address("server-0")).toBe("172.80.0.3");
    expect(address("agent-0")).toBe("172.80.0.6");
    expect(address("serverlb")).toBe("172.80.0.7");
    const settled = { network: { id: "net-id", subnet: "172.80.0.0/16" }, hostPorts: {} };
    const bound = node(await plan({ servers: 3, agents: 1 }, { settled }), "server-0");
    expect(bound.spec.networks[0]).toEqual({ name: "k3d-demo", ipv4Address: "172.80.0.3" });
    expect(bound.spec.labels).toMatchObject({
      [LABELS.networkId]: "net-id",
      [LABELS.networkIpRange]: "172.80.0.0/16",
      [LABELS.staticIp]: "172.80.0.3",
    });
    expect(bound.spec.extraHosts).toEqual([{ ip: "172.80.0.1", hostnames: ["host.k3d.internal"] }]);
    expect(bound.files.find(({ path }) => path === "/etc/k3d/coredns-hosts")?.content).toBe(
      "172.80.0.1 host.k3d.internal\n",
    );
    expect(env(bound, "K3D_RESOLVER")).toBe("172.80.0.7");
  });

  it("refuses a subnet that is too small", async () => {
    await expect(plan({ servers: 3, agents: 3, subnet: "10.0.0.0/28" })).rejects.toThrow(
      /too small/,
    );
  });

  it("leaves a network of others alone, and takes back its own leftover", async () => {
    const network = {
      id: "n",
      name: "shared",
      driver: "bridge",
      labels: {},
      subnets: [{ subnet: "10.5.0.0/24", gateway: "10.5.0.1" }],
      allowsStaticIp: true,
      containers: [],
    };
    const used = await plan({ network: "shared" }, { existingNetwork: network });
    expect(used.network).toMatchObject({ action: "use", fixedAddresses: false });
    expect(node(used, "server-0").spec.labels[LABELS.networkExternal]).toBe("true");
    expect(node(used, "serverlb").spec.process.env).toEqual([]);
    const own = {
      ...network,
      name: "k3d-demo",
      labels: { app: "k3d" },
      subnets: [{ subnet: "10.5.0.0/24", gateway: "10.5.0.1", dynamicRange: "10.5.0.128/25" }],
    };
    const adopted = await plan({}, { existingNetwork: own });
    expect(adopted.network).toMatchObject({ action: "adopt", fixedAddresses: true });
    expect(node(adopted, "server-0").spec.labels[LABELS.networkExternal]).toBe("false");
  });

  it("uses the host's network for one server without a load balancer", async () => {
    const planned = await plan({ network: "host", kubeAPI: { hostPort: "6550" } });
    expect(planned.network.action).toBe("host");
    expect(planned.nodes.map(({ role }) => role)).toEqual(["server"]);
    expect(node(planned, "server-0").spec).toMatchObject({
      hostNetwork: true,
      networks: [],
      ports: [],
    });
    expect(node(planned, "server-0").spec.process.args).toContain("--https-listen-port");
    expect(planned.api.port).toBe(6550);
  });

  it("creates volumes named k3d-…, and leaves existing ones alone", async () => {
    const volumes = [
      { volume: "k3d-data:/data" },
      { volume: "mine:/mine", nodeFilters: ["server:0"] },
    ];
    const planned = await plan({ volumes }, { existingVolumes: new Set(["mine"]) });
    expect(planned.volumes.map(({ name, action }) => `${action} ${name}`).sort()).toEqual([
      "create k3d-data",
      "create k3d-demo-images",
      "use mine",
    ]);
    expect(node(planned, "serverlb").spec.mounts.map(({ destination }) => destination)).toEqual([
      "/data",
      "/k3d/images",
    ]);
  });

  it("makes directories where bind mounts find nothing, and says so", async () => {
    const volumes = [{ volume: "/none:/data" }, { volume: "/srv:/srv" }];
    const planned = await plan({ volumes }, { missingPaths: new Set(["/none"]) });
    expect(planned.directories).toEqual(["/none"]);
    expect(await warnings({ volumes }, { missingPaths: new Set(["/none"]) })).toEqual([
      expect.stringContaining("'/none' does not exist"),
    ]);
  });

  it("refuses paths of this machine for an engine elsewhere, unless they are said to be the engine's", async () => {
    const volumes = [{ volume: "/srv:/srv" }];
    const elsewhere = {
      info: { ...factsFixture().info, remoteHost: "build.example.org" },
      pathsHere: new Set(["/srv"]),
    };
    await expect(plan({ volumes }, elsewhere)).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: "Volume source '/srv' is on this machine, and the engine is on build.example.org",
      hint: expect.stringContaining("--engine-paths") as string,
    });
    const options = { k3d: { enginePaths: true } };
    const planned = await plan({ volumes, options }, elsewhere);
    expect(node(planned, "server-0").spec.mounts).toContainEqual(
      expect.objectContaining({ source: "/srv", destination: "/srv" }),
    );
    await plan({ volumes }, { pathsHere: new Set(["/srv"]) });
  });

  it("opens nothing but loopback for a tunnel, and refuses one that leads nowhere", async () => {
    const options = { k3d: { tunnel: true } };
    const info = { ...factsFixture().info, remoteHost: "build.example.org" };
    const ports = [{ port: "8080:80" }, { port: "10.0.0.5:8443:443" }];
    const planned = await plan({ options, ports }, { info, dials: true });
    expect(planned.api).toMatchObject({ host: "127.0.0.1", hostIp: "127.0.0.1" });
    expect(node(planned, "serverlb").spec.ports.map(({ hostIp }) => hostIp)).toEqual(
      expect.arrayContaining(["127.0.0.1", "10.0.0.5"]),
    );
    expect(node(planned, "serverlb").spec.ports).not.toContainEqual(
      expect.objectContaining({ hostIp: undefined }),
    );
    await expect(plan({ options }, { info })).rejects.toMatchObject({
      code: "UNSUPPORTED",
      hint: expect.stringContaining("ssh://") as string,
    });
    const bySsh = { ...info, endpoint: "ssh://me@build.example.org/run/podman.sock" };
    await expect(plan({ options }, { info: bySsh })).rejects.toMatchObject({
      hint: expect.stringContaining("`k3d tunnel` then shows the ssh command") as string,
    });
    // An engine of this machine has its ports here in any case.
    await plan({ options });
  });

  it("tells clients the machine of an engine elsewhere, also in the certificate", async () => {
    const info = { ...factsFixture().info, remoteHost: "build.example.org" };
    const planned = await plan({}, { info });
    expect(planned.api.host).toBe("build.example.org");
    expect(node(planned, "server-0").spec.process.args?.join(" ")).toContain(
      "--tls-san build.example.org",
    );
  });

  it("uses a given image volume and refuses one that is not there", async () => {
    const options = { k3d: { imageVolume: "cache" } };
    const planned = await plan({ options }, { existingVolumes: new Set(["cache"]) });
    expect(planned.volumes).toEqual([{ name: "cache", action: "use", labels: {} }]);
    expect(node(planned, "server-0").spec.labels[LABELS.imageVolumeExternal]).toBe("true");
    await expect(plan({ options })).rejects.toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
  });

  it("passes the proxy on, with everything of the cluster excepted", async () => {
    const proxied = { proxy: { http: "http://proxy:3128", noProxy: "intra.example", ca: "PEM" } };
    const planned = await plan({ agents: 1 }, proxied);
    const server = node(planned, "server-0");
    expect(env(server, "HTTP_PROXY")).toBe("http://proxy:3128");
    expect(env(server, "NO_PROXY")?.split(",")).toEqual(
      expect.arrayContaining([
        "intra.example",
        "localhost",
        ".svc",
        ".cluster.local",
        "10.42.0.0/16",
        "10.43.0.0/16",
        "k3d-demo-agent-0",
      ]),
    );
    const settled = { network: { id: "n", subnet: "172.30.0.0/16" }, hostPorts: {} };
    const bound = node(await plan({ agents: 1 }, { ...proxied, settled }), "server-0");
    expect(env(bound, "NO_PROXY")).toMatch(/,172\.30\.0\.0\/16$/);
    expect(server.files.some(({ content }) => content === "PEM")).toBe(true);
    expect(env(node(planned, "serverlb"), "HTTP_PROXY")).toBeUndefined();
  });

  it("refuses the host's network where the runtime has none, and doubts GPUs that it does not show", async () => {
    const capabilities = { ...factsFixture().capabilities, hostNetwork: false, gpus: false };
    await expect(plan({ network: "host" }, { capabilities })).rejects.toThrow(
      expect.objectContaining({ code: "UNSUPPORTED" }),
    );
    const gpus = { options: { runtime: { gpuRequest: "all" } } };
    expect(await warnings(gpus, { capabilities })).toEqual([expect.stringContaining("no GPUs")]);
    expect(await warnings(gpus)).toEqual([]);
  });

  it("warns of two servers", async () => {
    expect(await warnings({ servers: 2 })).toEqual([expect.stringContaining("quorum")]);
    expect(await warnings({ servers: 3 })).toEqual([]);
  });

  it("expects the Kubernetes names that k3s will register", async () => {
    const planned = await plan({
      metadata: { name: "demo" },
      agents: 1,
      options: {
        k3s: {
          extraArgs: [
            { arg: "--disable-agent", nodeFilters: ["server:0"] },
            { arg: "--node-name=Worker", nodeFilters: ["agent:0"] },
          ],
        },
      },
    });
    const names = planned.nodes.map(({ kubernetesNode }) => kubernetesNode);
    expect(names).toEqual([undefined, "worker", undefined]);
  });

  it("makes a registry with the cluster and tells nodes of it", async () => {
    const planned = await plan({
      registries: { create: { name: "reg.localhost", hostPort: "5001" } },
    });
    const registry = planned.nodes.find(({ role }) => role === "registry");
    expect(registry?.spec).toMatchObject({
      name: "reg.localhost",
      ports: [{ containerPort: 5000, hostPort: 5001 }],
      labels: {
        "k3d.role": "registry",
        "k3d.cluster": "demo",
        "k3s.registry.port.external": "5001",
      },
    });
    expect(registry?.spec.labels[LABELS.clusterToken]).toBeUndefined();
  });
});
