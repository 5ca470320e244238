import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  inventory,
  memoryConfig,
  memoryDeps,
  memoryEngine,
} from "../../../test-support/memory-cluster.js";
import type { HookConfig } from "../../config/simple-config.js";
import { ClusterService } from "../clusters/cluster-service.js";
import { hooks, inNodes, logsIn, warningsIn } from "./hooks.fixture.js";

let home: string;
let engine: ReturnType<typeof memoryEngine>;
let deps: ReturnType<typeof memoryDeps>;
let clusters: ClusterService;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-hooks-"));
  engine = memoryEngine();
  deps = memoryDeps(engine, engine, home);
  clusters = new ClusterService(deps);
});
afterEach(async () => {
  await engine.close();
  await rm(home, { recursive: true });
});

describe("hooks of the config file, in nodes", () => {
  const inServers = (when: HookConfig["when"], nodeFilters = ["server:*"]): HookConfig => ({
    when,
    command: "echo $K3D_NODE",
    nodeFilters,
  });

  it("are kept in the cluster and run at every moment later on", async () => {
    const processes = inNodes(engine, async (process) => {
      await process.print(`at ${process.env.K3D_HOOK}`);
      return 0;
    });
    await clusters.create(
      memoryConfig({
        servers: 3,
        ...hooks(
          inServers("after-create", ["server:0"]),
          inServers("before-stop"),
          inServers("after-start", ["server:1"]),
          inServers("before-delete", ["k3d-demo-server-2"]),
        ),
      }),
    );
    await clusters.restart("demo");
    await clusters.delete("demo");
    expect(
      processes.map(({ container, env }) => `${env.K3D_HOOK} ${container}`).toSorted(),
    ).toEqual([
      "after-create k3d-demo-server-0",
      "after-start k3d-demo-server-1",
      "before-delete k3d-demo-server-2",
      "before-stop k3d-demo-server-0",
      "before-stop k3d-demo-server-1",
      "before-stop k3d-demo-server-2",
    ]);
    expect(processes[0]).toMatchObject({
      args: ["/bin/sh", "-c", "echo $K3D_NODE"],
      env: {
        K3D_CLUSTER: "demo",
        K3D_NODE: "k3d-demo-server-0",
        KUBECONFIG: "/output/kubeconfig.yaml",
      },
    });
    expect(logsIn(deps.told)).toContain("[after-create k3d-demo-server-0] at after-create");
  });

  it("of a stopped or missing node do not keep a cluster from being deleted", async () => {
    const processes = inNodes(engine, () => 1);
    await clusters.create(
      memoryConfig({
        agents: 2,
        ...hooks(inServers("before-delete"), inServers("before-delete", ["agent:1"])),
      }),
    );
    await clusters.edit("demo", { agents: 1 });
    await engine.containers.stop("k3d-demo-server-0");
    await clusters.delete("demo");
    expect(processes).toEqual([]);
    expect(warningsIn(deps.told).filter((message) => message.includes("does not run"))).toEqual([
      'The hook "echo $K3D_NODE" at before-delete does not run: k3d-demo-server-0 is stopped',
      expect.stringContaining("there is no agent 1"),
    ]);
  });

  it("are changed by apply in the servers that run, and kept by those that come later", async () => {
    const processes = inNodes(engine);
    const config = (...list: HookConfig[]) =>
      memoryConfig({ servers: 3, ...hooks(...list, { when: "after-stop", command: "on-host" }) });
    await clusters.create(config(inServers("before-stop")));
    const before = (await engine.containers.list()).map(({ id }) => id);
    const changed = config(inServers("after-start", ["server:1"]), inServers("before-delete"));
    const { changes } = await clusters.diff(changed);
    expect(
      changes.map(({ name, action, causes, disturbs }) => [name, action, causes, disturbs]),
    ).toEqual(
      [0, 1, 2].map((index) => [
        `k3d-demo-server-${index}`,
        "update",
        ["its hooks change"],
        undefined,
      ]),
    );
    await clusters.apply(changed);
    expect((await engine.containers.list()).map(({ id }) => id)).toEqual(before);
    expect((await clusters.diff(changed)).changes).toEqual([]);
    // Replaced by what no file describes, they keep what they were told.
    await clusters.edit("demo", { env: ["A=b"], servers: 4 });
    await clusters.stop("demo");
    await clusters.start("demo");
    await engine.containers.remove("k3d-demo-server-0", { force: true });
    await clusters.delete("demo");
    expect(
      processes.map(({ container, env }) => `${env.K3D_HOOK} ${container}`).toSorted(),
    ).toEqual([
      "after-start k3d-demo-server-1",
      "before-delete k3d-demo-server-1",
      "before-delete k3d-demo-server-2",
      "before-delete k3d-demo-server-3",
    ]);
  });

  it("go with the line in the file, and come back as they were when the change fails", async () => {
    const processes = inNodes(engine);
    const some = memoryConfig(hooks(inServers("before-stop")));
    await clusters.create(some);
    const failing = memoryConfig({ agents: 1 });
    engine.fail("containers.start", "CONTAINER_FAILED", { subject: "k3d-demo-agent-0" });
    await expect(clusters.apply(failing)).rejects.toThrow();
    expect((await clusters.diff(some)).changes).toEqual([]);
    await clusters.apply(memoryConfig());
    await clusters.stop("demo");
    expect(processes).toEqual([]);
    await clusters.start("demo");
    await clusters.apply(some);
    await clusters.stop("demo");
    expect(processes).toHaveLength(1);
  });

  it("that fail keep it, unless no hooks are asked for", async () => {
    inNodes(engine, async (process) => {
      await process.print("still in use", "stderr");
      return 4;
    });
    await clusters.create(memoryConfig(hooks(inServers("before-delete"))));
    await expect(clusters.delete("demo")).rejects.toMatchObject({
      code: "HOOK_REFUSED",
      message: expect.stringContaining("exit code 4 in k3d-demo-server-0: still in use") as string,
    });
    await clusters.delete("demo", { hooks: [] });
    expect(await inventory(engine)).toEqual([]);
  });

  it("are killed in the node at their time limit, with all that carries their mark", async () => {
    const hung: string[] = [];
    const kills: (readonly string[])[] = [];
    engine.programs((process) => {
      if (process.kind !== "exec") return undefined;
      if (process.args.join(" ").includes("kill -9")) kills.push(process.args);
      if (process.env.K3D_HOOK === undefined) return undefined;
      hung.push(process.env.K3D_HOOK_RUN ?? "");
      return async () => {
        await process.signalled;
        return 137;
      };
    });
    const hook = { ...inServers("after-create"), timeout: "20ms" };
    await expect(clusters.create(memoryConfig(hooks(hook)))).rejects.toMatchObject({
      code: "HOOK_FAILED",
      message: expect.stringContaining("did not end within 20ms") as string,
    });
    expect(kills.map((args) => args.at(-1))).toEqual(hung.map((run) => `K3D_HOOK_RUN=${run}`));
    expect(hung).toHaveLength(1);
    expect(await inventory(engine)).toEqual([]);
  });
});
