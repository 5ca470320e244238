import { expect, it } from "vitest";
import { resolveConfig } from "../config/resolve.js";
import { desiredCluster } from "./desired-cluster.js";
import { factsFixture } from "./facts.fixture.js";
import { planWarnings } from "./warnings.js";

it.each([
  ["10.5.0.0/24", []],
  [
    "10.6.0.0/24",
    ["Subnet 10.6.0.0/24 is not used: network shared exists already, with 10.5.0.0/24."],
  ],
])("of subnet %s beside a network that exists", async (subnet, expected) => {
  const facts = factsFixture({
    existingNetwork: {
      id: "n",
      name: "shared",
      driver: "bridge",
      labels: {},
      subnets: [{ subnet: "10.5.0.0/24", gateway: "10.5.0.1" }],
      allowsStaticIp: true,
      containers: [],
    },
  });
  const config = resolveConfig({
    apiVersion: "k3d.io/v1alpha5",
    kind: "Simple",
    metadata: { name: "demo" },
    image: "k3s:test",
    network: "shared",
    subnet,
  });
  expect(planWarnings(config, await desiredCluster(config, facts), facts)).toEqual(expected);
});
