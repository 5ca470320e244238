import { afterAll, expect, test } from "vitest";
import { Kubectl } from "./support/commands.ts";
import { eventually, TestNode } from "./support/node.ts";

const nodes: TestNode[] = [];
afterAll(() => Promise.all(nodes.map((node) => node.dispose())));

const NETWORKS = [
  "--cluster-cidr=10.42.0.0/16,fd00:10:42::/56",
  "--service-cidr=10.43.0.0/16,fd00:10:43::/112",
];

test("nodes, pods and services have both address families", { timeout: 60_000 }, async () => {
  const server = new TestNode({ name: "srv", env: { K3S_TOKEN: "secret" } });
  nodes.push(server);
  server.startServer(["--node-ip", "::1", ...NETWORKS]);
  await server.waitForLog("k3s is up and running");
  const agent = new TestNode({ name: "agent", env: { K3S_URL: server.url, K3S_TOKEN: "secret" } });
  nodes.push(agent);
  agent.startAgent(["--node-ip", "::1"]);
  await agent.waitForLog('"Successfully registered node"');
  const kubectl = new Kubectl(server);
  const spec = await eventually(async () => {
    const { items } = await kubectl.json<{ items: { spec: { podCIDRs?: string[] } }[] }>([
      "get",
      "nodes",
    ]);
    return items.length === 2 && items.every(({ spec: { podCIDRs } }) => podCIDRs !== undefined)
      ? items.map(({ spec: { podCIDRs } }) => podCIDRs)
      : undefined;
  });
  expect(spec?.toSorted()).toEqual([
    ["10.42.0.0/24", "fd00:10:42::/64"],
    ["10.42.1.0/24", "fd00:10:42:1::/64"],
  ]);
  const { status } = await kubectl.json<{ status: { addresses: object[] } }>([
    "get",
    "node",
    "agent",
  ]);
  expect(status.addresses).toEqual([
    { type: "InternalIP", address: agent.address },
    { type: "InternalIP", address: "::1" },
    { type: "Hostname", address: "agent" },
  ]);
  const service = async (...args: string[]): Promise<object> =>
    (await kubectl.json<{ spec: object }>(["get", "service", ...args])).spec;
  // The API's own has one address whatever there is: https://kubernetes.io/docs/concepts/services-networking/dual-stack/
  expect(await service("kubernetes")).toMatchObject({
    clusterIPs: ["10.43.0.1"],
    ipFamilies: ["IPv4"],
    ipFamilyPolicy: "SingleStack",
  });
  expect(await service("kube-dns", "-n", "kube-system")).toMatchObject({
    clusterIP: "10.43.0.10",
    clusterIPs: ["10.43.0.10", "fd00:10:43::a"],
    ipFamilies: ["IPv4", "IPv6"],
    ipFamilyPolicy: "RequireDualStack",
  });
});
