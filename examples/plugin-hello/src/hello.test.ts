import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stockedEngine, wholeCluster } from "@k3d/core/testing";
import { memoryServices, runCommand } from "@k3d/plugin-kit/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import Hello from "./commands/hello.js";
import hooks from "./hooks.js";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-hello-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** A cluster on an engine in memory, whose nodes run what they are told and remember it. */
async function cluster({ failOn }: { failOn?: string } = {}) {
  const engine = stockedEngine();
  await wholeCluster(engine, "demo");
  await engine.node("demo", "agent", "k3d-demo-agent-0");
  const ran: string[] = [];
  engine.runtime.onExec(/./, /./, ({ container, args }) => {
    ran.push(`${container}: ${args.at(-1)}`);
    return container === failOn && args[0] === "sh" ? 1 : 0;
  });
  return { services: memoryServices(engine.runtime, home), ran };
}

it("greets every node that runs", async () => {
  const { services, ran } = await cluster();
  const result = await runCommand(Hello, ["demo", "--message", "Hi; rm -rf /"], services);
  expect(result).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining("2 nodes keep") as string,
  });
  expect(ran.toSorted()).toEqual([
    "k3d-demo-agent-0: Hi; rm -rf /",
    "k3d-demo-server-0: Hi; rm -rf /",
  ]);
});

it("takes the greeting back where one node cannot keep it", async () => {
  const { services, ran } = await cluster({ failOn: "k3d-demo-agent-0" });
  const { exitCode, stderr } = await runCommand(Hello, ["demo"], services);
  expect([exitCode, stderr]).toEqual([
    10,
    expect.stringContaining("k3d-demo-agent-0 cannot keep a greeting"),
  ]);
  expect(ran).toContain("k3d-demo-server-0: /var/lib/k3d-hello");
});

it("names the clusters that there are", async () => {
  const { services } = await cluster();
  const { exitCode, stderr } = await runCommand(Hello, ["dem"], services);
  expect([exitCode, stderr]).toEqual([3, expect.stringContaining("demo")]);
});

it("refuses a cluster with the wrong name only", () => {
  const before = (name: string) =>
    hooks.beforeCreate({
      moment: "before-create",
      cluster: name,
      runtime: "memory",
      config: {} as never,
    });
  expect(before("goodbye")).toMatchObject({ refuse: expect.stringContaining("goodbye") as string });
  expect(before("demo")).toBeUndefined();
});
