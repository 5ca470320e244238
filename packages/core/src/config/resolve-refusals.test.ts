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

describe("what resolveConfig refuses", () => {
  const lb = { nodeFilters: ["loadbalancer"] };
  const noLb = { k3d: { disableLoadbalancer: true } };
  const cases: [string, Partial<SimpleConfig>, string, string][] = [
    ["no servers", { servers: 0 }, "INVALID_INPUT", "Invalid number of servers: 0"],
    ["half an agent", { agents: 0.5 }, "INVALID_INPUT", "Invalid number of agents: 0.5"],
    ["too many nodes", { servers: 1e9 }, "INVALID_INPUT", "are more than the 500 nodes"],
    ["a bad name", { metadata: { name: "a_b" } }, "INVALID_INPUT", 'Invalid cluster name "a_b"'],
    ["a bad image", { image: "my image" }, "INVALID_INPUT", "my image"],
    ["a bad channel", { image: "+" }, "INVALID_INPUT", "this is not a release channel"],
    ["a bad network", { network: "my net" }, "INVALID_INPUT", 'Invalid network "my net"'],
    ["a token with a space", { token: "a b" }, "INVALID_INPUT", "Invalid cluster token"],
    [
      "a state that nobody waits for",
      { options: { k3d: { waitFor: "readdy" as "ready" } } },
      "INVALID_INPUT",
      'did you mean "ready"?',
    ],
    [
      "a port that the API has",
      { kubeAPI: { hostPort: "6550" }, ports: [{ port: "127.0.0.1:6549-6551:80-82" }] },
      "CONFLICTING_OPTIONS",
      "Host port 6550 is asked for twice",
    ],
    ["no time to live", { options: { k3d: { ttl: "0s" } } }, "INVALID_INPUT", "longer than zero"],
    ...(["volumes", "ports", "env", "files"] as const).map((list): (typeof cases)[number] => [
      `${list} for a group without nodes`,
      {
        [list]: [
          {
            volume: "/x",
            port: "80:80",
            envVar: "A=b",
            source: "x\n",
            destination: "/x",
            nodeFilters: ["agent:*"],
          },
        ],
      },
      "INVALID_INPUT",
      "there is no node in the group agent",
    ]),
    [
      "an argument for the load balancer",
      { options: { k3s: { extraArgs: [{ arg: "--x", nodeFilters: ["loadbalancer"] }] } } },
      "INVALID_INPUT",
      "which does not run k3s",
    ],
    [
      "a bad API address",
      { kubeAPI: { hostIP: "example.org" } },
      "INVALID_INPUT",
      "it is not an IP address",
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
      "reserved for k3d",
    ],
    [
      "an unknown ulimit",
      { options: { runtime: { ulimits: [{ name: "x", soft: 1, hard: 1 }] } } },
      "INVALID_INPUT",
      "is not a ulimit",
    ],
    [
      "a bad GPU request",
      { options: { runtime: { gpuRequest: "?" } } },
      "INVALID_INPUT",
      "not a request that Docker knows",
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
      "not an address of this host",
    ],
    [
      "env without a filter",
      { agents: 1, env: [{ envVar: "SECRET=hunter2" }] },
      "INVALID_INPUT",
      "Environment variable SECRET does not say which nodes it is for, but the cluster has 2",
    ],
    [
      "an arg without a filter",
      { servers: 3, options: { k3s: { extraArgs: [{ arg: "--x" }] } } },
      "INVALID_INPUT",
      "k3s argument --x does not say which nodes it is for",
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
      "is not possible",
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
      "but no URL of it",
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
          '  - k3d.yaml:7:11: ports[0].port: Invalid port mapping "x:80": "x" is not a host port (column 1)',
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
