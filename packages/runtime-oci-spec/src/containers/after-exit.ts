import { spawn } from "node:child_process";
import { toK3dError } from "@k3d/core/runtime";
import { hookArgs } from "./hook-args.ts";
import { identifyProcess } from "../host/processes.ts";
import type { Engine } from "../engine/engine.ts";
import type { ContainerRecord, ContainerState } from "../store/records.ts";
import { launch, settle } from "./launch.ts";
import { hookEnv } from "./monitor.ts";
import { withOutcome } from "./reconcile.ts";
import { forgetLive, liveContainer } from "../engine/runtime-program.ts";
import { nextBackoff, shouldRestart } from "./status.ts";
import { waitUntil } from "./wait.ts";

/** Milliseconds after which a change is noticed where directories cannot be watched. */
const UNWATCHED_POLL_MS = 1000;

/**
 * What conmon runs when a container ends: notes how, then takes its network
 * down or sees to its restart.
 *
 * @param run the start that conmon belongs to; a later one is not its business.
 */
export async function afterExit(engine: Engine, id: string, run: number): Promise<void> {
  if ((await engine.records.read(id)) === undefined) return;
  await engine.locks.with(`container-${id}`, async () => {
    const ended = await endedRun(engine, id, run);
    if (!ended) return;
    const { record, state } = ended;
    const ranFor = Date.parse(state.finishedAt ?? "") - Date.parse(state.startedAt ?? "");
    const decision = {
      exitCode: state.exitCode ?? 1,
      restartCount: state.restartCount,
      stopRequested: state.stopRequested,
    };
    if (!shouldRestart(record.spec.restartPolicy, decision)) {
      await settle(engine, record, state);
      return;
    }
    await forgetLive(engine, id);
    const { process: _process, ...rest } = state;
    const waiting: ContainerState = {
      ...rest,
      phase: "restarting",
      backoff: nextBackoff(state.backoff, ranFor),
    };
    // conmon ends, and frees the ports, once this process ends: a process of its own does the waiting.
    const restarter = await spawnRestarter(engine, id, run);
    await engine.records.writeState(
      id,
      restarter === undefined ? waiting : { ...waiting, restarter },
    );
  });
}

async function endedRun(
  engine: Engine,
  id: string,
  run: number,
): Promise<{ record: ContainerRecord; state: ContainerState } | undefined> {
  const record = await engine.records.read(id);
  const state = await engine.records.readState(id);
  if (!record || state.run !== run || state.phase !== "running") return undefined;
  const live = await liveContainer(engine, id);
  if (live?.status === "running" || live?.status === "paused") return undefined;
  return { record, state: await withOutcome(engine, id, state, live) };
}

async function spawnRestarter(
  engine: Engine,
  id: string,
  run: number,
): Promise<{ pid: number; startTime: string } | undefined> {
  const child = spawn(process.execPath, hookArgs("restartLater", engine.exitModule, id, run), {
    cwd: "/",
    detached: true,
    stdio: "ignore",
    env: hookEnv(engine),
  });
  child.unref();
  return child.pid === undefined ? undefined : await identifyProcess(child.pid);
}

/** Waits out the backoff, then starts the container again; tries until it runs or is no longer wanted. */
export async function restartLater(engine: Engine, id: string, run: number): Promise<void> {
  for (;;) {
    const waiting = await engine.locks.with(
      `container-${id}`,
      async () => await stateToRestart(engine, id, run),
    );
    if (!waiting) return;
    await pause(engine, id, waiting.backoff);
    const done = await engine.locks.with(`container-${id}`, async () => {
      const record = await engine.records.read(id);
      const state = await stateToRestart(engine, id, run);
      if (!record || !state) return true;
      return await tryRestart(engine, record, state);
    });
    if (done) return;
  }
}

async function stateToRestart(
  engine: Engine,
  id: string,
  run: number,
): Promise<ContainerState | undefined> {
  const state = await engine.records.readState(id);
  return state.phase === "restarting" && state.run === run && !state.stopRequested
    ? state
    : undefined;
}

async function tryRestart(
  engine: Engine,
  record: ContainerRecord,
  state: ContainerState,
): Promise<boolean> {
  const restartCount = state.restartCount + 1;
  try {
    await launch(engine, record, { ...state, restartCount }, { restart: true });
    return true;
  } catch (error) {
    const decision = { exitCode: 1, restartCount, stopRequested: false };
    if (!shouldRestart(record.spec.restartPolicy, decision)) return true;
    const settled = await engine.records.readState(record.id);
    await engine.records.writeState(record.id, {
      ...settled,
      run: state.run,
      phase: "restarting",
      restartCount,
      backoff: nextBackoff(state.backoff, 0),
      error: toK3dError(error).message,
      restarter: state.restarter,
    });
    return false;
  }
}

/** Waits, or less when the container's state changes: then its user wants something else. */
async function pause(engine: Engine, id: string, milliseconds: number): Promise<void> {
  const isOver = async (): Promise<boolean> => {
    const state = await engine.records.readState(id);
    return state.phase !== "restarting" || state.stopRequested;
  };
  await waitUntil(engine, id, isOver, { timeoutMs: milliseconds, pollMs: UNWATCHED_POLL_MS });
}
