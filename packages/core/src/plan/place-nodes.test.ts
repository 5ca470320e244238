import { describe, expect, it } from "vitest";
import { resolveConfig } from "../config/resolve.js";
import type { SimpleConfig } from "../config/simple-config.js";
import { LABELS } from "../model/labels.js";
import { desiredCluster } from "./desired-cluster.js";
import { factsFixture } from "./facts.fixture.js";
import type { Facts } from "./facts.js";

const NETWORK = { id: "net", subnet: "10.0.1.0/24", gateway: "10.0.1.1" };

async function planned(config: Partial<SimpleConfig>, facts: Partial<Facts> = {}) {
  const resolved = resolveConfig({
    apiVersion: "k3d.io/v1alpha5",
    kind: "Simple",
    metadata: { name: "demo" },
    machines: ["big", "two", "three"].map((name) => ({ name })),
    ...config,
  });
  const settled = { hostPorts: {}, network: NETWORK };
  return desiredCluster(resolved, factsFixture({ settled, ...facts }));
}

const placement = async (...given: Parameters<typeof planned>) =>
  Object.fromEntries(
    (await planned(...given)).nodes.map(({ name, spec }) => [
      name.replace("k3d-demo-", ""),
      spec.labels[LABELS.machine],
    ]),
  );

describe("the machines of a cluster", () => {
  it("get a node each in turn, the load balancer is on the first", async () => {
    expect(await placement({ agents: 3 })).toEqual({
      "server-0": "big",
      "agent-0": "two",
      "agent-1": "three",
      "agent-2": "big",
      serverlb: "big",
    });
  });

  it("get what the rules say, a later one before an earlier", async () => {
    const rules = ["all@two", "agent:*@spread", "server:0@three"];
    expect(await placement({ agents: 2, placement: rules })).toEqual({
      "server-0": "three",
      "agent-0": "big",
      "agent-1": "two",
      serverlb: "two",
    });
  });

  it("may have a rule for agents without having any", async () => {
    expect(await placement({ placement: ["agent:*@spread"] })).toMatchObject({ "server-0": "big" });
  });

  it("keep the nodes that they have", async () => {
    const existing = {
      token: "t",
      image: "i",
      addresses: {},
      ipv6Addresses: {},
      machines: { "k3d-demo-agent-0": "three" },
      externalNetwork: false,
      ownVolumes: new Set<string>(),
      registryPorts: {},
    };
    expect(await placement({ agents: 1 }, { existing })).toMatchObject({ "agent-0": "three" });
  });

  it("are told by servers and load balancer, and the address is that of the shared network", async () => {
    const { nodes } = await planned({ agents: 1 });
    const [server, agent, balancer] = nodes;
    const label = "big=server-0,serverlb;two=agent-0";
    expect(server?.spec.labels[LABELS.placement]).toBe(label);
    expect(balancer?.spec.labels[LABELS.placement]).toBe(label);
    expect(agent?.spec.labels[LABELS.placement]).toBeUndefined();
    const address = agent?.spec.networks[0]?.ipv4Address;
    expect(address).toMatch(/^10\.0\.1\./);
    expect(agent?.spec.process.args?.join(" ")).toContain(
      `--node-ip ${address} --flannel-iface eth0`,
    );
    expect(agent?.spec.extraHosts).toBeUndefined();
  });

  it("leave a cluster on one machine as it is", async () => {
    const { nodes } = await planned({ agents: 1, machines: [] });
    for (const { spec } of nodes) {
      expect(spec.labels).not.toHaveProperty(LABELS.machine);
      expect(spec.process.args?.join(" ") ?? "").not.toContain("--node-ip");
    }
  });

  it("are on no network of others", async () => {
    await expect(planned({ network: "host" })).rejects.toMatchObject({
      code: "CONFLICTING_OPTIONS",
    });
  });

  it.each([
    [{ placement: ["server:0@bog"] }, /did you mean "big"/],
    [{ placement: ["server:4@big"] }, /server:4/],
    [{ placement: ["server:0@big"], machines: [] }, /no machine is named/],
    [{ placement: ["big"] }, /a node filter and a machine are needed/],
    [{ machines: [{ name: "a" }, { name: "a" }] }, /named twice/],
    [{ machines: [{ name: "spread" }] }, /means all machines/],
    [{ machines: [{ name: "A b" }] }, /lower-case letters/],
    [{ machines: [{ name: "a", context: "c", host: "tcp://h" }] }, /both a context and a host/],
    [{ machines: [{ name: "a", host: "h" }] }, /not an address of an engine/],
  ])("are refused as %j", async (config, message) => {
    await expect(planned(config)).rejects.toThrow(message);
  });
});
