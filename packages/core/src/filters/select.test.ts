import { describe, expect, it } from "vitest";
import type { Role } from "../model/index.js";
import { selectNodes } from "./select.js";

const node = (role: Role, index: number, name = `k3d-test-${role}-${index}`) => ({
  name,
  role,
  index,
});
const nodes = [
  node("server", 0),
  node("server", 1),
  node("agent", 0),
  node("agent", 1),
  node("agent", 2),
  node("loadbalancer", 0, "k3d-test-serverlb"),
];
const names = (filters: string[]): string[] =>
  selectNodes(filters, nodes).nodes.map(({ name }) => name.slice(9));

describe("selectNodes", () => {
  it.each([
    [[], []],
    [["server:*"], ["server-0", "server-1"]],
    [["agents"], ["agent-0", "agent-1", "agent-2"]],
    [["agent:0,2"], ["agent-0", "agent-2"]],
    [["agent:1-"], ["agent-1", "agent-2"]],
    [["agent:-1"], ["agent-0", "agent-1"]],
    [
      ["agent[2]", "server:0", "agent:2"],
      ["server-0", "agent-2"],
    ],
    [["loadbalancer"], ["serverlb"]],
    [["k3d-test-agent-1"], ["agent-1"]],
    [["all"], ["server-0", "server-1", "agent-0", "agent-1", "agent-2", "serverlb"]],
  ])("%j selects %j", (filters, expected) => {
    expect(names(filters)).toEqual(expected);
  });

  it("keeps nodes of different suffixes apart", () => {
    const selection = selectNodes(["agent:0", "server:0:direct", "agent:1"], nodes, {
      suffixes: ["proxy", "direct"],
    });
    expect(
      selection.groups.map(({ suffix, nodes: members }) => [
        suffix,
        members.map(({ name }) => name),
      ]),
    ).toEqual([
      [undefined, ["k3d-test-agent-0", "k3d-test-agent-1"]],
      ["direct", ["k3d-test-server-0"]],
    ]);
    expect(selection.nodes).toHaveLength(3);
  });

  it("takes a whole group without members as empty beside one that has some", () => {
    expect(selectNodes(["agent:*", "server"], [node("server", 0)]).nodes).toHaveLength(1);
  });

  it.each(["agent", "agents:*", "worker", "agent:-", "agent:direct"])(
    "refuses %s alone in a cluster without agents",
    (filter) => {
      expect(() => selectNodes([filter], [node("server", 0)], { suffixes: ["direct"] })).toThrow(
        "there is no node in the group agent",
      );
    },
  );

  it("finds nodes by their own number when one is gone", () => {
    const gap = [node("agent", 0), node("agent", 2)];
    expect(selectNodes(["agent:2"], gap).nodes).toEqual([node("agent", 2)]);
    expect(() => selectNodes(["agent:1"], gap)).toThrow("there is no agent 1");
  });

  it.each([
    [["server:5"], 8, "there is no server 5"],
    [["agent:0,7-"], 9, "there is no agent 7"],
    [["k3d-other-agent-0"], 1, 'there is no node "k3d-other-agent-0"'],
    [["server:0:direct"], 10, "means nothing here"],
  ])("refuses %j at column %i", (filters, column, reason) => {
    expect(() => selectNodes(filters, nodes)).toThrow(reason);
    expect(() => selectNodes(filters, nodes)).toThrow(
      expect.objectContaining({ details: { input: filters[0], column } }),
    );
  });

  it("says that there is no load balancer", () => {
    expect(() => selectNodes(["loadbalancer"], [node("server", 0)])).toThrow(
      "has no load balancer",
    );
  });
});
