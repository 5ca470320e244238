import { K3dError, missing, type NodeView, type WaitOptions } from "@k3d/core";
import { describe, expect, it } from "vitest";
import { runCommand, type FakeServices } from "@k3d/plugin-kit/testing";
import { clusterView, nodeView } from "../testing/views.js";
import ClusterDelete from "./cluster/delete.js";
import ClusterRestart from "./cluster/restart.js";
import ClusterStart from "./cluster/start.js";
import ClusterStop from "./cluster/stop.js";
import NodeList from "./node/list.js";
import NodeStart from "./node/start.js";
import NodeStop from "./node/stop.js";

/** Services that note what they are asked to do. */
function recording(status: NodeView["status"] = "restarting") {
  const calls: unknown[] = [];
  const cluster =
    (verb: string) =>
    async (name: string, options: WaitOptions = {}) => {
      calls.push([verb, name, options.wait, options.timeoutMs]);
      return clusterView({ name });
    };
  const node =
    (verb: string) =>
    async (name: string, options: WaitOptions = {}) => {
      calls.push([verb, name, options.wait, options.timeoutMs]);
      return nodeView({ name });
    };
  const services: FakeServices = {
    clusters: {
      list: async () => [clusterView({ name: "two" }), clusterView({ name: "one" })],
      get: async (name) => clusterView({ name, nodes: [nodeView({ status })] }),
      start: cluster("start"),
      stop: cluster("stop"),
      restart: cluster("restart"),
    },
    listing: {
      nodes: async () => [nodeView(), nodeView({ name: "other", cluster: "two" })],
    },
    nodes: {
      get: async (name) => nodeView({ name, status }),
      start: node("start"),
      stop: node("stop"),
    },
  };
  return { services, calls };
}

describe("cluster start, stop and restart", () => {
  it.each([
    [ClusterStart, "start", "Started"],
    [ClusterRestart, "restart", "Restarted"],
  ] as const)("%o waits unless told otherwise", async (command, verb, told) => {
    const { services, calls } = recording();
    const { stderr, stdout } = await runCommand(command, ["one"], services);
    await runCommand(command, ["--all", "--wait=false", "--timeout=1m30s"], services);
    await runCommand(command, [], services);
    expect(calls).toEqual([
      [verb, "one", true, undefined],
      [verb, "one", false, 90_000],
      [verb, "two", false, 90_000],
      [verb, "k3s-default", true, undefined],
    ]);
    expect(stderr).toContain(`${told} cluster one`);
    expect(stdout).toBe("");
  });

  it("stops", async () => {
    const { services, calls } = recording();
    expect((await runCommand(ClusterStop, ["one", "--json"], services)).stdout).toContain(
      '"name": "one"',
    );
    expect(calls).toEqual([["stop", "one", undefined, undefined]]);
  });

  it("say so when there is nothing to do", async () => {
    const up = recording("running").services;
    const down = recording("stopped").services;
    const told = async (command: Parameters<typeof runCommand>[0], services: FakeServices) =>
      (await runCommand(command, ["one"], services)).stderr;
    expect(await told(ClusterStart, up)).toContain("Cluster one is already running");
    expect(await told(ClusterStart, down)).toContain("Started cluster one (");
    expect(await told(ClusterStop, down)).toContain("Cluster one is already stopped");
    expect(await told(NodeStart, up)).toContain("Node one is already running");
    expect(await told(NodeStop, down)).toContain("Node one is already stopped");
  });

  it("refuses a time limit that is none", async () => {
    const { services, calls } = recording();
    expect(await runCommand(ClusterStart, ["--timeout", "soon"], services)).toMatchObject({
      exitCode: 2,
      stdout: "",
    });
    expect(calls).toEqual([]);
  });
});

describe("cluster delete", () => {
  const failing = (error: Error): FakeServices => ({
    clusters: {
      delete: async () => {
        throw error;
      },
    },
  });

  it("takes a cluster that does not exist for a deleted one", async () => {
    const error = missing("cluster", ["demo"], [{ name: "demos" }]);
    const { exitCode, stderr } = await runCommand(ClusterDelete, ["demo"], failing(error));
    expect(exitCode).toBe(0);
    expect(stderr).toContain("nothing to delete; did you mean 'demos'?");
  });

  it("fails when something else is not found", async () => {
    const error = new K3dError("NOT_FOUND", "The docker context 'none' cannot be read");
    const { exitCode, stderr } = await runCommand(ClusterDelete, ["demo"], failing(error));
    expect(exitCode).toBe(error.exitCode);
    expect(stderr).toContain("The docker context 'none' cannot be read");
  });
});

describe("node start and stop", () => {
  it("work on every node named", async () => {
    const { services, calls } = recording();
    await runCommand(NodeStart, ["a", "b", "a", "--timeout", "5s"], services);
    await runCommand(NodeStop, ["a"], services);
    expect(calls).toEqual([
      ["start", "a", true, 5000],
      ["start", "b", true, 5000],
      ["stop", "a", undefined, undefined],
    ]);
  });

  it.each([[NodeStart], [NodeStop]])("%o want a name", async (command) => {
    const { exitCode, stderr } = await runCommand(command, [], recording().services);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Missing argument NAME");
  });
});

describe("node list", () => {
  const list = (...argv: string[]) => runCommand(NodeList, argv, recording().services);

  it("prints all, those named, or those of a cluster", async () => {
    expect((await list("-o", "name")).stdout).toBe("k3d-demo-server-0\nother\n");
    expect((await list("--no-headers", "other")).stdout).toMatch(
      /^other +server +two +running +\w+ +v1.36.4\+k3s1 +- +docker\n$/,
    );
    expect((await list("-o", "name", "-c", "two")).stdout).toBe("other\n");
  });

  it("refuses nodes and clusters that do not exist", async () => {
    expect(await list("nope")).toMatchObject({ exitCode: 3, stdout: "" });
    expect(await list("--cluster", "nope")).toMatchObject({ exitCode: 3, stdout: "" });
  });

  it("prints JSON with the field names of the Go k3d", async () => {
    expect(JSON.parse((await list("-o", "json", "other")).stdout)).toMatchObject([
      {
        name: "other",
        role: "server",
        State: { Running: true, Status: "running" },
        IP: { IP: "172.19.0.3" },
      },
    ]);
  });
});
