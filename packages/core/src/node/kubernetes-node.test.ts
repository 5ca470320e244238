import { describe, expect, it } from "vitest";
import { isKubernetesNode, kubernetesNodeName } from "./kubernetes-node.js";

type Node = Parameters<typeof kubernetesNodeName>[0];

const agent: Node = { name: "k3d-Demo-agent-0", role: "agent", k3sArgs: [] };

describe("kubernetesNodeName", () => {
  it.each<[string, Node, string | undefined]>([
    ["its host name", { ...agent }, "k3d-demo-agent-0"],
    ["--node-name", { ...agent, k3sArgs: ["--node-name", "One"] }, "one"],
    ["K3S_NODE_NAME", { ...agent, env: ["K3S_NODE_NAME=two"] }, "two"],
    [
      "the flag over the variable",
      { ...agent, k3sArgs: ["--node-name=a"], env: ["K3S_NODE_NAME=b"] },
      "a",
    ],
    ["a name with an id", { ...agent, k3sArgs: ["--with-node-id"] }, "k3d-demo-agent-0-*"],
    [
      "none without a kubelet",
      { ...agent, role: "server", k3sArgs: ["--disable-agent"] },
      undefined,
    ],
    ["none of a load balancer", { ...agent, role: "loadbalancer" }, undefined],
  ])("is %s", (_, node, name) => {
    expect(kubernetesNodeName(node)).toBe(name);
  });
});

describe("isKubernetesNode", () => {
  it.each([
    ["a", "a", true],
    ["a", "ab", false],
    ["a-*", "a-0f3c9d21", true],
    ["a-*", "a", false],
    ["a-*", "a-agent-0", false],
  ])("%s is %s: %s", (expected, actual, same) => {
    expect(isKubernetesNode(expected, actual)).toBe(same);
  });
});
