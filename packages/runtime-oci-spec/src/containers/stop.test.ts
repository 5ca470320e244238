import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Engine } from "../engine/engine.ts";
import { identifyProcess } from "../host/processes.ts";
import type { Locks } from "../store/lock.ts";
import { pathsOf } from "../store/paths.ts";
import { ContainerRecords, INITIAL_STATE, type ContainerRecord } from "../store/records.ts";
import { windUp } from "./stop.ts";

const ID = "c0ffee";

let root: string;
let engine: Engine;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "k3d-oci-stop-"));
  const paths = pathsOf(join(root, "root"), join(root, "run"));
  const locks = { with: (_name: string, work: () => unknown) => work() } as unknown as Locks;
  engine = { paths, locks, records: new ContainerRecords(paths, locks) } as unknown as Engine;
  await mkdir(engine.records.pathsOf(ID).monitor, { recursive: true });
});
afterEach(() => rm(root, { recursive: true }));

const record = { id: ID, name: "node", networks: [] } as unknown as ContainerRecord;

describe("a stopped container whose exit hook does not get to its work", () => {
  it("has its monitor ended, and tells the exit code that the monitor wrote down", async () => {
    const monitor = spawn("sleep", ["600"]);
    const ended = once(monitor, "exit");
    await engine.records.writeState(ID, {
      ...INITIAL_STATE,
      phase: "running",
      startedAt: "2026-01-01T00:00:00Z",
      monitor: await identifyProcess(monitor.pid ?? 0),
    });
    await writeFile(join(engine.records.pathsOf(ID).monitor, ID), "137");

    await windUp(engine, record);
    expect(await ended).toEqual([null, "SIGKILL"]);
    expect(await engine.records.readState(ID)).toMatchObject({ phase: "stopped", exitCode: 137 });
  });

  it("says that the exit code is unknown where the monitor wrote none", async () => {
    await engine.records.writeState(ID, {
      ...INITIAL_STATE,
      phase: "running",
      startedAt: "2026-01-01T00:00:00Z",
      exitCode: 3,
    });
    await windUp(engine, record);
    const state = await engine.records.readState(ID);
    expect(state).toMatchObject({ phase: "stopped", error: expect.stringContaining("unknown") });
    expect(state.exitCode).toBeUndefined();
  });
});
