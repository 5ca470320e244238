import { K3dError } from "@k3d/core";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { runCommand, type FakeServices } from "../../testing/run-command.js";
import { clusterView } from "../../testing/views.js";
import ClusterList from "./list.js";

const clusters = [clusterView({ name: "two" }), clusterView({ name: "one" })];
const services: FakeServices = { clusters: { list: async () => clusters } };
const list = (...argv: string[]) => runCommand(ClusterList, argv, services);

describe("cluster list", () => {
  it("prints a table by name", async () => {
    expect(await list()).toMatchObject({
      exitCode: 0,
      stderr: "",
      stdout:
        "NAME   SERVERS   AGENTS   LOADBALANCER\none    1/1       0/0      true\ntwo    1/1       0/0      true\n",
    });
  });

  it("prints one line per cluster with --no-headers", async () => {
    expect((await list("--no-headers")).stdout.split("\n")).toHaveLength(3);
  });

  it.each([[["--json"]], [["-o", "json"]], [["--output=json"]], [["-ojson"]]])(
    "prints JSON with %j",
    async (argv) => {
      const { stdout } = await list(...argv);
      expect((JSON.parse(stdout) as { name: string }[]).map(({ name }) => name)).toEqual([
        "one",
        "two",
      ]);
      expect(stdout).not.toContain("secret-token");
    },
  );

  it("prints YAML and wide tables", async () => {
    expect(parse((await list("-o", "yaml", "one")).stdout)).toMatchObject([
      { name: "one", serversRunning: 1 },
    ]);
    expect((await list("-o", "wide")).stdout).toContain("RUNTIME");
  });

  it("prints tokens with --token only", async () => {
    expect((await list()).stdout).not.toContain("secret-token");
    expect((await list("--token")).stdout).toContain("secret-token");
    expect((await list("--token", "--json")).stdout).toContain('"clusterToken": "secret-token"');
    expect((await list("--token", "--token=false")).stdout).not.toContain("secret-token");
  });

  it("refuses names that do not exist, with nothing on standard output", async () => {
    expect(await list("one", "three")).toMatchObject({ exitCode: 3, stdout: "" });
  });

  it("says so on standard error when there are none", async () => {
    const { stdout, stderr } = await runCommand(ClusterList, ["--no-headers"], {
      clusters: { list: async () => [] },
    });
    expect(stdout).toBe("");
    expect(stderr).toContain("k3d cluster create");
  });

  it("asks for the runtime that the flag names and passes a signal on", async () => {
    const { connections } = await list("--runtime", "podman");
    expect(connections).toEqual([
      expect.objectContaining({
        runtime: "podman",
        configuredRuntime: undefined,
        signal: expect.any(AbortSignal) as AbortSignal,
      }),
    ]);
  });

  it("closes the runtime, also after a failure", async () => {
    let closed = 0;
    const failing: FakeServices = {
      runtime: { close: async () => void closed++ },
      clusters: { list: () => Promise.reject(new K3dError("RUNTIME_UNAVAILABLE", "gone")) },
    };
    expect(await runCommand(ClusterList, [], failing)).toMatchObject({ exitCode: 7, stdout: "" });
    expect(closed).toBe(1);
  });

  it.each([
    [["--output", "xml"], "json, yaml, wide"],
    [["--tokn"], "Did you mean --token?"],
    [["--json=maybe"], "--json is true or false"],
    [["--progress", "loud"], "auto, tty, plain, json, none"],
  ])("refuses %j", async (argv, told) => {
    const { exitCode, stdout, stderr } = await list(...argv);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(told);
  });
});
