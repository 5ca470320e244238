import { K3dError, systemClock } from "@k3d/core";
import { describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { runCommand, type FakeServices } from "@k3d/plugin-kit/testing";
import { listedCluster } from "../../testing/views.js";
import ClusterList from "./list.js";

const clusters = [listedCluster({ name: "two" }), listedCluster({ name: "one" })];
const services: FakeServices = { listing: { clusters: async () => clusters } };
const list = (...argv: string[]) => runCommand(ClusterList, argv, services);

/** Looks again at once. */
class Impatient extends ClusterList {
  protected override readonly clock = {
    ...systemClock,
    sleep: async (_ms: number, signal?: AbortSignal) => signal?.throwIfAborted(),
  };
}

describe("cluster list", () => {
  it("prints a table by name", async () => {
    const { stdout, ...rest } = await list();
    expect(rest).toMatchObject({ exitCode: 0, stderr: "" });
    const rows = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ +/).slice(0, 5));
    expect(rows).toEqual([
      ["NAME", "SERVERS", "AGENTS", "LOADBALANCER", "STATUS"],
      ["one", "1/1", "0/0", "true", "running"],
      ["two", "1/1", "0/0", "true", "running"],
    ]);
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

  it("prints names only with -o name", async () => {
    expect((await list("-o", "name")).stdout).toBe("one\ntwo\n");
  });

  it("asks every runtime unless one is named, and inspects only for JSON and YAML", async () => {
    const asked: unknown[] = [];
    const noting: FakeServices = {
      listing: {
        clusters: async ({ everywhere, details } = {}) => {
          asked.push([everywhere, details]);
          return clusters;
        },
      },
    };
    await runCommand(ClusterList, [], noting);
    await runCommand(ClusterList, ["--runtime", "podman", "-o", "wide"], noting);
    vi.stubEnv("K3D_RUNTIME", "docker");
    await runCommand(ClusterList, ["-o", "name"], noting);
    await runCommand(ClusterList, ["-A", "-o", "yaml"], noting);
    vi.unstubAllEnvs();
    expect(asked).toEqual([
      [true, false],
      [false, false],
      [false, false],
      [true, true],
    ]);
  });

  it("watches until interrupted: rows that changed, and what is gone", async () => {
    const states = [
      clusters,
      [listedCluster({ name: "two" }), listedCluster({ name: "one", token: "new" })],
      [listedCluster({ name: "one", token: "new" })],
    ];
    const watched: FakeServices = {
      listing: {
        clusters: async () => {
          if (states.length === 1) process.emit("SIGINT", "SIGINT");
          return states.shift() ?? [];
        },
      },
    };
    const { stdout, stderr } = await runCommand(Impatient, ["--watch"], watched);
    expect(stdout.split("\n").map((line) => line.split(" ")[0])).toEqual([
      "NAME",
      "one",
      "two",
      "one",
      "two",
      "",
    ]);
    expect(stdout).toContain("two   deleted");
    expect(stderr).toBe("");
    expect(process.exitCode).toBe(130);
    process.exitCode = undefined;
  });

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
      listing: { clusters: async () => [] },
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
      listing: { clusters: () => Promise.reject(new K3dError("RUNTIME_UNAVAILABLE", "gone")) },
    };
    expect(await runCommand(ClusterList, [], failing)).toMatchObject({ exitCode: 7, stdout: "" });
    expect(closed).toBe(1);
  });

  it.each([
    [["--output", "xml"], "json, yaml, wide, name"],
    [["--tokn"], "Did you mean --token?"],
    [["--json=maybe"], "--json is true or false"],
    [["--progress", "loud"], "auto, tty, plain, json, none"],
  ])("refuses %j", async (argv, told) => {
    const { exitCode, stdout, stderr } = await list(...argv);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(told);
  });
});
