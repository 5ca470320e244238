import { afterEach, expect, it } from "vitest";
import { fakeEngine, type FakeEngine } from "../../test-support/fake-engine.js";
import { DockerNetworks } from "./operations.js";

let fake: FakeEngine;
afterEach(() => fake.stop());

it.each([
  ["as it is recorded", "bridge", { Subnet: "10.9.0.0/16", Gateway: "10.9.5.5" }, "10.9.5.5"],
  ["the first of the subnet", "bridge", { Subnet: "10.9.0.0/16" }, "10.9.0.1"],
  [
    "the first of the range",
    "bridge",
    { Subnet: "10.9.0.0/16", IPRange: "10.9.4.0/24" },
    "10.9.4.1",
  ],
  ["none where the host has no address", "macvlan", { Subnet: "10.9.0.0/16" }, undefined],
])("tells a network's gateway: %s", async (_, driver, config, gateway) => {
  fake = await fakeEngine((_request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({ Id: "1", Name: "net", Driver: driver, IPAM: { Config: [config] } }),
    );
  });
  const { subnets } = await new DockerNetworks(fake.engine).inspect("net");
  expect(subnets[0]?.gateway).toBe(gateway);
});
