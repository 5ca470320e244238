import { describe, expect, it } from "vitest";
import { identifyProcess, type ProcessIdentity } from "../host/processes.ts";
import { INITIAL_STATE, type ContainerState } from "../store/records.ts";
import type { LiveContainer } from "../engine/runtime-program.ts";
import { nextBackoff, observe, shouldRestart } from "./status.ts";

const GONE: ProcessIdentity = { pid: process.pid, startTime: "1" };
const live = (status: LiveContainer["status"]): LiveContainer => ({ id: "x", pid: 1, status });

async function here(): Promise<ProcessIdentity> {
  const identity = await identifyProcess(process.pid);
  if (!identity) throw new Error("this process is not there");
  return identity;
}

function state(changes: Partial<ContainerState>): ContainerState {
  return { ...INITIAL_STATE, startedAt: "2026-01-01T00:00:00Z", ...changes };
}

describe.runIf(process.platform === "linux")("observe", () => {
  it("believes the runtime first", async () => {
    expect(await observe(state({ phase: "stopped" }), live("running"), undefined)).toEqual({
      status: "running",
      settling: false,
    });
    expect(await observe(state({ phase: "running" }), live("paused"), undefined)).toMatchObject({
      status: "paused",
    });
    expect(await observe(state({ phase: "removing" }), live("running"), undefined)).toMatchObject({
      status: "removing",
    });
  });

  it("calls a container stopped whose processes are gone", async () => {
    const always = { name: "always" } as const;
    expect(await observe(state({ phase: "running", monitor: GONE }), undefined, always)).toEqual({
      status: "stopped",
      settling: false,
    });
    expect(
      await observe(state({ phase: "running", monitor: GONE }), live("stopped"), always),
    ).toMatchObject({ status: "stopped" });
    expect(
      await observe(state({ phase: "restarting", restarter: GONE }), undefined, always),
    ).toMatchObject({ status: "stopped" });
  });

  it("calls it restarting while its monitor or the waiting process is there", async () => {
    const always = { name: "always" } as const;
    const self = await here();
    expect(await observe(state({ phase: "running", monitor: self }), undefined, always)).toEqual({
      status: "restarting",
      settling: true,
    });
    expect(
      await observe(state({ phase: "running", monitor: self }), undefined, { name: "no" }),
    ).toEqual({ status: "stopped", settling: true });
    expect(
      await observe(
        state({ phase: "running", monitor: self, stopRequested: true }),
        undefined,
        always,
      ),
    ).toMatchObject({ status: "stopped" });
    expect(
      await observe(state({ phase: "restarting", restarter: self }), undefined, always),
    ).toMatchObject({ status: "restarting" });
    expect(
      await observe(state({ phase: "starting", restarter: self }), live("created"), always),
    ).toMatchObject({ status: "restarting" });
  });

  it("calls it created until it has run once", async () => {
    const { startedAt: _startedAt, ...fresh } = state({});
    expect(await observe(fresh, undefined, undefined)).toMatchObject({ status: "created" });
    expect(
      await observe({ ...fresh, phase: "starting" }, live("created"), undefined),
    ).toMatchObject({ status: "created" });
    expect(await observe(state({ phase: "starting" }), undefined, undefined)).toMatchObject({
      status: "stopped",
    });
  });
});

describe("shouldRestart", () => {
  const ended = { exitCode: 1, restartCount: 0, stopRequested: false };

  it("follows the policy", () => {
    expect(shouldRestart(undefined, ended)).toBe(false);
    expect(shouldRestart({ name: "no" }, ended)).toBe(false);
    expect(shouldRestart({ name: "always" }, { ...ended, exitCode: 0 })).toBe(true);
    expect(shouldRestart({ name: "unless-stopped" }, { ...ended, exitCode: 0 })).toBe(true);
    expect(shouldRestart({ name: "on-failure" }, { ...ended, exitCode: 0 })).toBe(false);
    expect(shouldRestart({ name: "on-failure" }, { ...ended, restartCount: 99 })).toBe(true);
    expect(
      shouldRestart({ name: "on-failure", maximumRetryCount: 2 }, { ...ended, restartCount: 1 }),
    ).toBe(true);
    expect(
      shouldRestart({ name: "on-failure", maximumRetryCount: 2 }, { ...ended, restartCount: 2 }),
    ).toBe(false);
  });

  it("never restarts what its user stopped", () => {
    expect(shouldRestart({ name: "always" }, { ...ended, stopRequested: true })).toBe(false);
  });
});

describe("nextBackoff", () => {
  it("doubles up to a minute and starts anew after a steady run", () => {
    expect([0, 100, 200].map((previous) => nextBackoff(previous, 0))).toEqual([100, 200, 400]);
    expect(nextBackoff(51_200, 9_999)).toBe(60_000);
    expect(nextBackoff(51_200, 10_000)).toBe(100);
  });
});
