import { describe, expect, it } from "vitest";
import { resolveConfig } from "../../packages/core/src/config/resolve.js";
import { loadBalancerScript } from "../../packages/core/src/loadbalancer/script.js";
import { factsFixture } from "../../packages/core/src/plan/facts.fixture.js";
import { desiredCluster } from "../../packages/core/src/plan/desired-cluster.js";
import { toDocker } from "../../packages/runtime-docker/src/containers/to-native.js";
import { portableHost, toOciSpec } from "../../packages/runtime-oci-spec/src/translation/index.js";
import { createCommand } from "../../packages/runtime-podman/src/containers/to-native.js";

/** One node of each role, from a config with every kind of option, as each adapter translates it. */
const plan = await desiredCluster(
  resolveConfig({
    apiVersion: "k3d.io/v1alpha5",
    kind: "Simple",
    metadata: { name: "demo" },
    servers: 1,
    agents: 1,
    image: "docker.io/rancher/k3s:v1.36.4-k3s1",
    subnet: "10.213.0.0/16",
    token: "golden-token",
    kubeAPI: { hostPort: "6550" },
    env: [{ envVar: "A=b", nodeFilters: ["all"] }],
    volumes: [{ volume: "/src:/data:ro", nodeFilters: ["server:0"] }],
    ports: [
      { port: "8080:80" },
      { port: "127.0.0.1:9090:9090/udp", nodeFilters: ["agent:0:direct"] },
    ],
    hostAliases: [{ ip: "10.1.2.3", hostnames: ["foo.example"] }],
    registries: { create: { name: "registry.localhost", hostPort: "5001" } },
    options: {
      k3s: {
        extraArgs: [{ arg: "--disable=traefik", nodeFilters: ["server:*"] }],
        nodeLabels: [{ label: "tier=web", nodeFilters: ["agent:0"] }],
      },
      runtime: { agentsMemory: "512m", ulimits: [{ name: "nofile", soft: 1024, hard: 2048 }] },
    },
  }),
  factsFixture({
    settled: {
      network: { id: "0123456789ab", subnet: "10.213.0.0/16", gateway: "10.213.0.1" },
      hostPorts: {},
    },
  }),
);
const IMAGE = {
  entrypoint: ["/entrypoint"],
  cmd: ["run"],
  env: ["PATH=/usr/bin:/bin"],
  volumes: ["/var/log"],
  exposedPorts: [],
  labels: {},
};

describe("what each adapter makes of one node of each role", () => {
  it.each(plan.nodes)("$role", async (node) => {
    const { spec } = node;
    const result = {
      spec,
      docker: toDocker(spec, { createMountpoint: true, annotations: true, severalNetworks: true }),
      podman: createCommand(spec, { image: spec.image, pidsLimit: true }),
      oci: toOciSpec(spec, IMAGE, portableHost(spec)),
    };
    const program = JSON.stringify(loadBalancerScript());
    await expect(
      `${JSON.stringify(result, null, 2).replaceAll(program, '"<program>"')}\n`,
    ).toMatchFileSnapshot(`./${node.role}.golden.json`);
  });
});
