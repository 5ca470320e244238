import type { StopOptions } from "@k3d/core/runtime";
import { isSameProcess } from "../host/processes.ts";
import { signalProcess } from "../host/signal-process.ts";
import { imageConfig } from "../images/from-native.ts";
import type { Engine } from "../engine/engine.ts";
import type { ContainerRecord } from "../store/records.ts";
import { settle } from "./launch.ts";
import { killProcess } from "./monitor.ts";
import { reconcile, withOutcome } from "./reconcile.ts";
import { liveContainer, runtime, tryRuntime } from "../engine/runtime-program.ts";
import { waitUntil } from "./wait.ts";

const DEFAULT_TIMEOUT_SECONDS = 10;
/** A killed process, its monitor and the exit hook are given this long. */
const KILL_TIMEOUT_MS = 30_000;

/** Stops a container and resolves once it has ended and its network is down. */
export async function stopContainer(
  engine: Engine,
  record: ContainerRecord,
  options: StopOptions,
): Promise<void> {
  const { id } = record;
  const { signal } = options;
  const isRunning = await engine.locks.with(`container-${id}`, () => requestStop(engine, record), {
    signal,
  });
  if (!isRunning) return;
  await tryRuntime(engine, ["kill", id, (await stopSignalOf(engine, record)) ?? "SIGTERM"]);
  const settled = () => hasSettled(engine, record);
  const timeoutMs =
    (options.timeoutSeconds ?? record.spec.stopTimeout ?? DEFAULT_TIMEOUT_SECONDS) * 1000;
  if (await waitUntil(engine, id, () => hasEnded(engine, id), { timeoutMs, signal })) {
    if (await waitUntil(engine, id, settled, { timeoutMs: KILL_TIMEOUT_MS, signal })) return;
  }
  // All of its processes: in the host's PID namespace they do not end with the first.
  await tryRuntime(engine, ["kill", "--all", id, "SIGKILL"]);
  if (await waitUntil(engine, id, settled, { timeoutMs: KILL_TIMEOUT_MS, signal })) return;
  await engine.locks.with(`container-${id}`, () => windUp(engine, record));
}

/**
 * Ends what is left of a run, and does the work of an exit hook that did not get to it, which on a slow machine is no fault
 * of the container: how it ended is told all the same. Its lock is held by the caller.
 */
export async function windUp(engine: Engine, record: ContainerRecord): Promise<void> {
  const state = await engine.records.readState(record.id);
  await killProcess(state.monitor);
  await killProcess(state.process);
  await settle(engine, record, await withOutcome(engine, record.id, state, undefined));
}

/** What its spec, else its image asks it to be stopped with. */
async function stopSignalOf(
  engine: Engine,
  { spec, image, imageId }: ContainerRecord,
): Promise<string | undefined> {
  if (spec.stopSignal) return spec.stopSignal;
  if (image) return image.stopSignal;
  const stored = await engine.images.find(imageId).catch(() => undefined);
  return stored && imageConfig(stored).stopSignal;
}

/** @returns whether there is a process to be ended. Its lock is held by the caller. */
async function requestStop(engine: Engine, record: ContainerRecord): Promise<boolean> {
  const state = await engine.records.readState(record.id);
  const live = await liveContainer(engine, record.id);
  if (live?.status === "running" || live?.status === "paused") {
    await engine.records.writeState(record.id, { ...state, stopRequested: true });
    if (live.status === "paused") await runtime(engine, ["resume", record.id]);
    return true;
  }
  if (state.phase === "restarting") {
    if (state.restarter && (await isSameProcess(state.restarter)))
      signalProcess(state.restarter.pid, "SIGTERM");
    await settle(engine, record, { ...state, stopRequested: true });
    return false;
  }
  const watched = state.monitor !== undefined && (await isSameProcess(state.monitor));
  if (state.phase === "running" && watched) {
    await engine.records.writeState(record.id, { ...state, stopRequested: true });
    return true;
  }
  await reconcile(engine, record, live);
  return false;
}

async function hasEnded(engine: Engine, id: string): Promise<boolean> {
  const state = await engine.records.readState(id);
  return (
    state.phase !== "running" ||
    state.process === undefined ||
    !(await isSameProcess(state.process))
  );
}

/** Whether the exit hook is done; does its work where it will not be done. */
async function hasSettled(engine: Engine, record: ContainerRecord): Promise<boolean> {
  const state = await engine.records.readState(record.id);
  if (state.phase !== "running") return true;
  if (!(await hasEnded(engine, record.id))) return false;
  if (state.monitor !== undefined && (await isSameProcess(state.monitor))) return false;
  await engine.locks.with(`container-${record.id}`, async () =>
    reconcile(engine, record, await liveContainer(engine, record.id)),
  );
  return true;
}
