import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { ContainerInfo } from "@k3d/core/runtime";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "./support/eventually.ts";
import { chainsOf, NO_TRACES, tracesOf } from "./support/outside.ts";
import { idleSpec, Sandbox } from "./support/sandbox.ts";

const exec = promisify(execFile);
const command = (program: string, ...args: string[]) => exec(program, args);

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await Sandbox.open();
});
afterEach(async () => {
  await sandbox.removeAll();
});
afterAll(async () => {
  await sandbox.close();
});

async function inspect(name: string): Promise<ContainerInfo> {
  return await (await sandbox.runtime()).containers.inspect(name);
}

async function withStatus(name: string, status: ContainerInfo["status"]): Promise<ContainerInfo> {
  return await eventually(async () => {
    const info = await inspect(name);
    return info.status === status ? info : undefined;
  });
}

async function monitorOf(id: string): Promise<number> {
  return Number(await readFile(join(sandbox.run, "monitors", id, "conmon.pid"), "utf8"));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Starts an idle container on a network with a published port. */
async function startOne(
  name: string,
  parts: Parameters<typeof idleSpec>[1] = {},
): Promise<ContainerInfo> {
  const runtime = await sandbox.runtime();
  if ((await runtime.networks.list()).length === 0)
    await runtime.networks.create({ name: "n", labels: {} });
  await runtime.containers.create(
    idleSpec(name, {
      networks: [{ name: "n" }],
      ports: [{ containerPort: 80, protocol: "tcp" }],
      ...parts,
    }),
  );
  await runtime.containers.start(name);
  await sandbox.note();
  return await inspect(name);
}

async function expectNothingLeft(): Promise<void> {
  await sandbox.removeAll();
  const seen = sandbox.seen();
  expect(seen.containerIds.length).toBeGreaterThan(0);
  expect(
    await eventually(async () => {
      const traces = await tracesOf(seen);
      return traces.processes.length === 0 ? traces : undefined;
    }),
  ).toEqual(NO_TRACES);
  expect(await chainsOf(sandbox.root)).toEqual([]);
  const unfinished = ["containers", "names", "volumes", "networks", "tmp"].map((name) =>
    readdir(join(sandbox.root, name)).catch(() => []),
  );
  expect((await Promise.all(unfinished)).flat()).toEqual([]);
}

describe("traces", () => {
  it("are seen from outside while containers run, and are gone after removal", async () => {
    const { id } = await startOne("traced");
    const traces = await tracesOf(sandbox.seen());
    expect(traces.mounts.join("\n")).toContain(join(sandbox.root, "containers", id));
    expect(traces.interfaces.length).toBeGreaterThanOrEqual(2);
    expect(traces.firewallRules.length).toBeGreaterThan(3);
    expect(traces.cgroups.length).toBeGreaterThan(0);
    expect(traces.processes.join("\n")).toContain("conmon");
    expect(await chainsOf(sandbox.root)).toContainEqual(expect.stringMatching(/^K3D-OCI-/));
    await expectNothingLeft();
  });
});

describe("the container killed from outside", () => {
  it("is stopped with its exit code, and its network is down", async () => {
    const { pid } = await startOne("victim");
    process.kill(pid ?? 0, "SIGKILL");
    expect(await withStatus("victim", "stopped")).toMatchObject({ exitCode: 137, restartCount: 0 });
    await expectNothingLeft();
  });

  it("is started again by its restart policy, with its address and port", async () => {
    const before = await startOne("phoenix", { restartPolicy: { name: "always" } });
    process.kill(before.pid ?? 0, "SIGKILL");
    const after = await eventually(async () => {
      const info = await inspect("phoenix");
      return info.status === "running" && info.pid !== before.pid ? info : undefined;
    });
    expect(after).toMatchObject({ restartCount: 1, exitCode: 137, ports: before.ports });
    expect(after.networks[0]?.ipv4Address).toBe(before.networks[0]?.ipv4Address);
    await expectNothingLeft();
  });
});

describe("the monitor killed", () => {
  it("leaves a container that is listed as running, and can be stopped and started", async () => {
    const { id } = await startOne("orphan");
    process.kill(await monitorOf(id), "SIGKILL");
    const runtime = await sandbox.runtime();
    expect(await runtime.containers.list()).toMatchObject([{ name: "orphan", status: "running" }]);
    await runtime.containers.stop("orphan", { timeoutSeconds: 2 });
    expect((await inspect("orphan")).status).toBe("stopped");
    await runtime.containers.start("orphan");
    expect((await inspect("orphan")).status).toBe("running");
    await expectNothingLeft();
  });

  it("and then the container: it is stopped, for a reason that is told", async () => {
    const { id, pid } = await startOne("lost", { restartPolicy: { name: "always" } });
    process.kill(await monitorOf(id), "SIGKILL");
    process.kill(pid ?? 0, "SIGKILL");
    const info = await withStatus("lost", "stopped");
    expect(info.exitCode).toBeUndefined();
    expect(info.error).toContain("monitor");
    await expectNothingLeft();
  });

  it("while a restart is waited for: the container is stopped, and can be started", async () => {
    const { id } = await startOne("flaky", {
      restartPolicy: { name: "always" },
      process: { env: [], args: ["sh", "-c", "exit 3"] },
    });
    const restarter = await eventually(async () => {
      const state = JSON.parse(
        await readFile(join(sandbox.root, "containers", id, "state.json"), "utf8"),
      ) as {
        phase: string;
        backoff: number;
        restarter?: { pid: number };
      };
      return state.phase === "restarting" && state.backoff >= 800
        ? state.restarter?.pid
        : undefined;
    });
    expect((await inspect("flaky")).status).toBe("restarting");
    process.kill(restarter, "SIGKILL");
    expect(await withStatus("flaky", "stopped")).toMatchObject({ exitCode: 3 });
    await (await sandbox.runtime()).containers.start("flaky");
    await expectNothingLeft();
  });
});

describe("the command killed at random moments", () => {
  const ROUNDS = 8;

  it("leaves state that is listed truthfully and can be removed wholly", async () => {
    const network = await (await sandbox.runtime()).networks.create({ name: "n", labels: {} });
    const script = fileURLToPath(new URL("support/churn.ts", import.meta.url));
    for (let round = 0; round < ROUNDS; round += 1) {
      const child = spawn(process.execPath, ["--no-warnings", script, `c${round}`, network.name], {
        env: sandbox.options.env,
        stdio: "ignore",
      });
      const delay = 250 + Math.random() * 1500;
      await new Promise((resolve) => setTimeout(resolve, delay));
      child.kill("SIGKILL");
      await once(child, "exit");
      await sandbox.note();
    }
    const runtime = await sandbox.runtime();
    const listed = await runtime.containers.list();
    for (const { id, name } of listed) {
      // What still settles may change between the two looks.
      const info = await eventually(async () => {
        const current = await runtime.containers.inspect(id);
        const settled = current.status !== "restarting";
        return settled ? current : undefined;
      });
      expect(
        info.pid !== undefined && isAlive(info.pid),
        `${name} is ${info.status} (pid ${info.pid})`,
      ).toBe(info.status === "running");
    }
    await expectNothingLeft();
  });
});

describe("a machine that was restarted", () => {
  it("lists its containers as stopped and starts them again with their data and address", async () => {
    const before = await startOne("survivor", {
      networks: [{ name: "n" }],
      restartPolicy: { name: "always" },
    });
    const runtime = await sandbox.runtime();
    const write = await runtime.containers.exec("survivor", {
      args: ["sh", "-c", "echo kept > /data"],
    });
    write.stdout.resume();
    write.stderr.resume();
    expect(await write.exitCode).toBe(0);
    await forgetAll(before);
    expect(await inspect("survivor")).toMatchObject({ status: "stopped" });
    await runtime.containers.start("survivor");
    const read = await runtime.containers.exec("survivor", { args: ["cat", "/data"] });
    read.stderr.resume();
    expect((await read.stdout.toArray()).join("")).toBe("kept\n");
    expect((await inspect("survivor")).networks[0]?.ipv4Address).toBe(
      before.networks[0]?.ipv4Address,
    );
    await expectNothingLeft();
  });

  /** What a reboot does to the runtime: processes, mounts and everything below the run directory are gone. */
  async function forgetAll({ id, pid }: ContainerInfo): Promise<void> {
    process.kill(await monitorOf(id), "SIGKILL");
    process.kill(pid ?? 0, "SIGKILL");
    await eventually(async () => (isAlive(pid ?? 0) ? undefined : true));
    await command("runc", "--root", join(sandbox.run, "runtime"), "delete", "--force", id);
    await command("umount", join(sandbox.root, "containers", id, "rootfs"));
    await command("umount", join(sandbox.run, "netns", id));
    await rm(sandbox.run, { recursive: true });
  }
});
