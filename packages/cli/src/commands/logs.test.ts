import type { ContainerOperations, LogOptions } from "@k3d/core";
import { MemoryRuntime } from "@k3d/core/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { parseSince } from "../logs/since.js";
import { runCommand, type FakeServices } from "@k3d/plugin-kit/testing";
import { clusterView, nodeView } from "../testing/views.js";
import Logs from "./logs.js";

const names = ["k3d-demo-server-0", "k3d-demo-agent-0"];
let runtime: MemoryRuntime;
let services: FakeServices;

beforeEach(async () => {
  let time = 0;
  runtime = new MemoryRuntime({ images: ["k3s"], now: () => new Date(time++) });
  const spec = { image: "k3s", process: { env: [] }, mounts: [], labels: {}, linux: {} };
  for (const name of names) {
    await runtime.containers.create({ ...spec, name, networks: [], ports: [] });
    await runtime.containers.start(name);
  }
  runtime.print("k3d-demo-agent-0", "first");
  runtime.print("k3d-demo-server-0", "second", "stderr");
  const nodes = names.map((name) => nodeView({ name, id: name }));
  services = {
    runtime: { containers: runtime.containers },
    clusters: { list: async () => [clusterView({ nodes })] },
    nodes: { list: async () => nodes },
  };
});

const logs = (...argv: string[]) => runCommand(Logs, argv, services);

describe("logs", () => {
  it("prints the lines of all nodes in their order, behind the nodes' names", async () => {
    expect(await logs("demo")).toMatchObject({
      exitCode: 0,
      stderr: "",
      stdout: "k3d-demo-agent-0  | first\nk3d-demo-server-0 | second\n",
    });
    expect((await logs("k3d-demo")).stdout).toContain("| first");
  });

  it("prints those of one node as they are, found without its prefix too", async () => {
    expect((await logs("k3d-demo-server-0")).stdout).toBe("second\n");
    expect((await logs("demo-server-0", "--timestamps")).stdout).toMatch(
      /^1970-01-01T00:00:00.\d{3}Z second\n$/,
    );
  });

  it("prints objects with --json", async () => {
    const { stdout } = await logs("demo-server-0", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      node: "k3d-demo-server-0",
      stream: "stderr",
      line: "second",
    });
  });

  it("follows until it is interrupted, which is no failure to be told of", async () => {
    const printed = Promise.withResolvers<void>();
    services.runtime = {
      containers: {
        inspect: runtime.containers.inspect.bind(runtime.containers),
        async *logs(id: string, options?: LogOptions) {
          for await (const entry of runtime.containers.logs(id, options)) {
            yield entry;
            if (entry.line === "third") printed.resolve();
          }
        },
      } as unknown as ContainerOperations,
    };
    const running = logs("demo", "--follow", "--tail", "0");
    await expect
      .poll(() => runtime.calls.filter(({ operation }) => operation === "containers.logs").length)
      .toBe(4);
    runtime.print("k3d-demo-agent-0", "third");
    await printed.promise;
    process.emit("SIGTERM", "SIGTERM");
    expect(await running).toMatchObject({
      stdout: "k3d-demo-agent-0  | third\n",
      stderr: "",
      exitCode: 0,
    });
    expect(process.exitCode).toBe(143);
    process.exitCode = undefined;
  });

  it("refuses what is neither cluster nor node, and times that are none", async () => {
    expect(await logs("dmo")).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining("Did you mean 'demo'?") as string,
    });
    expect(await logs("demo", "--since", "yesterday")).toMatchObject({ exitCode: 2, stdout: "" });
    expect(await logs("demo", "--tail", "-1")).toMatchObject({ exitCode: 2, stdout: "" });
  });
});

it.each([
  ["10m", "2026-11-22T13:50:00.000Z"],
  ["2026-11-22", "2026-11-22T00:00:00.000Z"],
  ["2026-11-22T15:00:00+02:00", "2026-11-22T13:00:00.000Z"],
])("--since %s is %s", (text, expected) => {
  expect(parseSince(text, new Date("2026-11-22T14:00:00Z")).toISOString()).toBe(expected);
});
