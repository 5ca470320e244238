import { describe, expect, it } from "vitest";
import type { K3dError } from "../errors/index.js";
import { resolveConfig } from "./resolve.js";
import type { SimpleConfig } from "./simple-config.js";

const config = (fields: Partial<SimpleConfig>): SimpleConfig => ({
  apiVersion: "k3d.io/v1alpha5",
  kind: "Simple",
  ...fields,
});
const refusal = (fields: Partial<SimpleConfig>): K3dError => {
  try {
    resolveConfig(config(fields));
  } catch (error) {
    return error as K3dError;
  }
  throw new Error("it was accepted");
};

describe("resolveConfig", () => {
  it("fills in every default", () => {
    expect(resolveConfig(config({}))).toEqual({
      apiVersion: "k3d.io/v1alpha5",
      kind: "Simple",
      metadata: { name: "k3s-default" },
      servers: 1,
      agents: 0,
      kubeAPI: { hostPort: "random" },
      image: expect.stringMatching(/^docker\.io\/rancher\/k3s:v/),
      volumes: [],
      ports: [],
      env: [],
      files: [],
      registries: { use: [] },
      hostAliases: [],
      options: {
        k3d: {
          wait: true,
          disableLoadbalancer: false,
          disableImageVolume: false,
          disableRollback: false,
          loadbalancer: { configOverrides: [] },
        },
        k3s: { extraArgs: [], nodeLabels: [] },
        kubeconfig: { updateDefaultKubeconfig: true, switchCurrentContext: true },
        runtime: { hostPidMode: false, labels: [], ulimits: [] },
      },
    });
  });

  it("is the same for a config that is resolved already", () => {
    const resolved = resolveConfig(
      config({
        agents: 2,
        registries: { create: {} },
        files: [{ source: "x", destination: "k3s-storage" }],
      }),
    );
    expect(resolveConfig(resolved)).toEqual(resolved);
  });

  it("takes env values from the caller and drops what the caller does not have", () => {
    const env = [{ envVar: "HOME" }, { envVar: "NOPE" }, { envVar: "A=b" }];
    expect(resolveConfig(config({ env }), { environment: { HOME: "/root" } }).env).toEqual([
      { envVar: "HOME=/root" },
      { envVar: "A=b" },
    ]);
  });

  it("names the registry after the cluster", () => {
    const { registries } = resolveConfig(
      config({ metadata: { name: "demo" }, registries: { create: { host: "localhost" } } }),
    );
    expect(registries.create).toEqual({
      name: "k3d-demo-registry",
      host: "127.0.0.1",
      hostPort: "random",
    });
  });

  it("has neither load balancer nor API port mapping on the host's network", () => {
    const resolved = resolveConfig(config({ network: "host" }));
    expect(resolved.options.k3d.disableLoadbalancer).toBe(true);
    expect(resolved.kubeAPI.hostPort).toBe("6443");
  });

  it.each([
    [{ hostIP: "127.0.0.1" }, { host: "127.0.0.1", hostIP: "127.0.0.1", hostPort: "random" }],
    [
      { hostIP: "0.0.0.0", hostPort: "06446" },
      { hostIP: "0.0.0.0", hostPort: "6446" },
    ],
    [
      { host: "k3d.example.org", hostIP: "127.0.0.1" },
      { host: "k3d.example.org", hostIP: "127.0.0.1", hostPort: "random" },
    ],
  ])("lets clients use the address of the API that is bound: %j", (kubeAPI, resolved) => {
    expect(resolveConfig(config({ kubeAPI })).kubeAPI).toEqual(resolved);
  });

  it("keeps a port of the API on the host's network", () => {
    const { kubeAPI } = resolveConfig(config({ network: "host", kubeAPI: { hostPort: "6550" } }));
    expect(kubeAPI.hostPort).toBe("6550");
  });

  it("does not switch the context of a kubeconfig it does not update", () => {
    const { kubeconfig } = resolveConfig(
      config({ options: { kubeconfig: { updateDefaultKubeconfig: false } } }),
    ).options;
    expect(kubeconfig).toEqual({ updateDefaultKubeconfig: false, switchCurrentContext: false });
  });

  it("resolves destination shortcuts of files", () => {
    const files = [{ source: "x", destination: "k3s-manifests-custom/x.yaml" }];
    expect(resolveConfig(config({ files })).files[0]?.destination).toBe(
      "/var/lib/rancher/k3s/server/manifests/custom/x.yaml",
    );
  });

  it.each(["latest", "stable", "+v1.31", "rancher/k3s:v1.31.5-k3s1"])(
    "accepts the image %s",
    (image) => {
      expect(resolveConfig(config({ image })).image).toBe(image);
    },
  );

  it("accepts filters of both grammars and labels on the load balancer", () => {
    const nodeFilters = ["server[0]", "agents:*", "loadbalancer", "k3d-k3s-default-agent-1"];
    const resolved = resolveConfig(
      config({ agents: 2, options: { k3s: { nodeLabels: [{ label: "foo=bar", nodeFilters }] } } }),
    );
    expect(resolved.options.k3s.nodeLabels[0]?.nodeFilters).toEqual(nodeFilters);
  });

  it("needs no filter when there is one node to put it on", () => {
    expect(resolveConfig(config({ env: [{ envVar: "A=b" }] })).env).toHaveLength(1);
  });
});

describe("what resolveConfig refuses", () => {
  const lb = { nodeFilters: ["loadbalancer"] };
  const noLb = { k3d: { disableLoadbalancer: true } };
  const cases: [string, Partial<SimpleConfig>, string, string][] = [
    ["no servers", { servers: 0 }, "INVALID_INPUT", "Invalid number of servers: 0"],
    ["half an agent", { agents: 0.5 }, "INVALID_INPUT", "Invalid number of agents: 0.5"],
    ["too many nodes", { servers: 1e9 }, "INVALID_INPUT", "are more than the 500 nodes"],
    ["a bad name", { metadata: { name: "a_b" } }, "INVALID_INPUT", 'Invalid cluster name "a_b"'],
    ["a bad image", { image: "my image" }, "INVALID_INPUT", "my image"],
    ["a bad channel", { image: "+" }, "INVALID_INPUT", "this is no release channel"],
    ["a bad network", { network: "my net" }, "INVALID_INPUT", 'Invalid network "my net"'],
    ["an empty token", { token: "" }, "INVALID_INPUT", "Invalid cluster token"],
    [
      "a bad API address",
      { kubeAPI: { hostIP: "example.org" } },
      "INVALID_INPUT",
      "it is no IP address",
    ],
    [
      "a bad API port",
      { kubeAPI: { hostPort: "http" } },
      "INVALID_INPUT",
      'Invalid API port "http"',
    ],
    ["a bad port", { ports: [{ port: "x" }] }, "INVALID_INPUT", 'Invalid port mapping "x"'],
    ["a bad volume", { volumes: [{ volume: "x" }] }, "INVALID_INPUT", 'Invalid volume "x"'],
    [
      "a bad destination",
      { files: [{ source: "", destination: "x" }] },
      "INVALID_INPUT",
      'Invalid destination "x"',
    ],
    [
      "a bad timeout",
      { options: { k3d: { timeout: "90" } } },
      "INVALID_INPUT",
      "a unit is missing",
    ],
    [
      "little memory",
      { options: { runtime: { serversMemory: "1m" } } },
      "INVALID_INPUT",
      "engines need at least 6m",
    ],
    [
      "k3d's label",
      { options: { runtime: { labels: [{ label: "k3d.role=x" }] } } },
      "INVALID_INPUT",
      "k3d's own",
    ],
    [
      "an unknown ulimit",
      { options: { runtime: { ulimits: [{ name: "x", soft: 1, hard: 1 }] } } },
      "INVALID_INPUT",
      "is no ulimit",
    ],
    [
      "a bad GPU request",
      { options: { runtime: { gpuRequest: "?" } } },
      "INVALID_INPUT",
      "no request Docker knows",
    ],
    [
      "a bad override",
      { options: { k3d: { loadbalancer: { configOverrides: ["x=1"] } } } },
      "INVALID_INPUT",
      "x=1",
    ],
    [
      "a bad remote",
      { registries: { create: { proxy: { remoteURL: "docker.io" } } } },
      "INVALID_INPUT",
      'Invalid URL "docker.io"',
    ],
    [
      "a bad registry host",
      { registries: { create: { host: "example.org" } } },
      "INVALID_INPUT",
      "no address of this host",
    ],
    [
      "env without a filter",
      { agents: 1, env: [{ envVar: "SECRET=hunter2" }] },
      "INVALID_INPUT",
      "Environment variable SECRET says no node, but the cluster has 2",
    ],
    [
      "an arg without a filter",
      { servers: 3, options: { k3s: { extraArgs: [{ arg: "--x" }] } } },
      "INVALID_INPUT",
      "k3s argument --x says no node",
    ],
    [
      "a node that is not there",
      { volumes: [{ volume: "/x", nodeFilters: ["agent:0"] }] },
      "INVALID_INPUT",
      "there is no agent 0",
    ],
    [
      "a suffix where none fits",
      { volumes: [{ volume: "/x", nodeFilters: ["server:0:direct"] }] },
      "INVALID_INPUT",
      "means nothing here",
    ],
    [
      "ports of no load balancer",
      { ports: [{ port: "80:80", ...lb }], options: noLb },
      "CONFLICTING_OPTIONS",
      "the cluster has none",
    ],
    [
      "proxied ports without it",
      { ports: [{ port: "80:80", nodeFilters: ["server:0:proxy"] }], options: noLb },
      "CONFLICTING_OPTIONS",
      "the cluster has none",
    ],
    [
      "agents on the host's network",
      { network: "host", agents: 1 },
      "CONFLICTING_OPTIONS",
      "Only one node fits",
    ],
    [
      "a subnet on the host's network",
      { network: "host", subnet: "auto" },
      "CONFLICTING_OPTIONS",
      "cannot be had",
    ],
    [
      "ports on the host's network",
      { network: "host", ports: [{ port: "80:80" }] },
      "CONFLICTING_OPTIONS",
      "cannot be mapped",
    ],
    [
      "an image volume that is disabled",
      { options: { k3d: { imageVolume: "vol", disableImageVolume: true } } },
      "CONFLICTING_OPTIONS",
      "is disabled",
    ],
    [
      "overrides of no load balancer",
      {
        options: {
          k3d: {
            disableLoadbalancer: true,
            loadbalancer: { configOverrides: ["settings.workerConnections=1"] },
          },
        },
      },
      "CONFLICTING_OPTIONS",
      "configured, but disabled",
    ],
    [
      "credentials for no remote",
      { registries: { create: { proxy: { username: "me" } } } },
      "CONFLICTING_OPTIONS",
      "but no remote",
    ],
  ];

  it.each(cases)("%s", (_, fields, code, message) => {
    const error = refusal(fields);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(error.hint).toMatch(/.{15}/);
    expect(error.message).not.toContain("hunter2");
  });

  it("names all problems at once, and where each was set", () => {
    const origins: Record<string, string> = {
      servers: "--servers",
      "ports[0].port": "k3d.yaml:7:11",
    };
    const locate = (path: string) => origins[path];
    const broken = config({ servers: 0, ports: [{ port: "x:80" }], subnet: "10.0.0.1/16" });
    expect(() => resolveConfig(broken, { locate })).toThrow(
      expect.objectContaining({
        code: "INVALID_INPUT",
        message: [
          "3 problems in the configuration:",
          '  - subnet: Invalid subnet "10.0.0.1/16": this is an address inside a network, not the network (column 1)',
          "      10.0.0.1/16",
          "      ^",
          '    → The network is "10.0.0.0/16".',
          '  - k3d.yaml:7:11: ports[0].port: Invalid port mapping "x:80": "x" is no host port (column 1)',
          "      x:80",
          "      ^",
          '    → Write [HOST:][HOSTPORT:]CONTAINERPORT[/PROTOCOL], for example "8080:80", "127.0.0.1:8080:80", "[::1]:53:53/udp" or "8000-8010:8000-8010".',
          "  - --servers: Invalid number of servers: 0",
          "    → A cluster needs at least one server: give a whole number, 1 or more.",
        ].join("\n"),
      }),
    );
  });
});
