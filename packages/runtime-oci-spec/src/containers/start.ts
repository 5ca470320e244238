import { K3dError } from "@k3d/core/runtime";
import { isSameProcess } from "../host/processes.ts";
import type { Engine } from "../engine/engine.ts";
import { containerNotFound } from "../store/records.ts";
import { launch } from "./launch.ts";
import { killProcess } from "./monitor.ts";
import { reconcile } from "./reconcile.ts";
import { liveContainer } from "../engine/runtime-program.ts";
import { waitUntil } from "./wait.ts";

/** The exit hook of the run before is given this long. */
const SETTLE_TIMEOUT_MS = 30_000;

/** Starts a container by its user's wish. */
export async function startContainer(
  engine: Engine,
  id: string,
  signal?: AbortSignal,
): Promise<void> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const isStarted = await engine.locks.with(
      `container-${id}`,
      () => tryStart(engine, id, attempt > 0, signal),
      { signal },
    );
    if (isStarted) return;
    await waitUntil(
      engine,
      id,
      async () => (await engine.records.readState(id)).phase !== "running",
      { timeoutMs: SETTLE_TIMEOUT_MS, signal },
    );
  }
  throw new K3dError("RUNTIME_ERROR", `Container '${id}' ended, but its monitor does not`);
}

/** @returns `false` when the run before is still being wound up. */
async function tryStart(
  engine: Engine,
  id: string,
  insist: boolean,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const record = await engine.records.read(id);
  if (!record) throw containerNotFound(id);
  const live = await liveContainer(engine, id, signal);
  if (live?.status === "running" || live?.status === "paused") return true;
  const state = await engine.records.readState(id);
  if (state.phase === "removing")
    throw new K3dError("RUNTIME_ERROR", `Container '${record.name}' is being removed`);
  if (
    state.phase === "running" &&
    state.monitor !== undefined &&
    (await isSameProcess(state.monitor))
  ) {
    if (!insist) return false;
    await killProcess(state.monitor);
  }
  await killProcess(state.restarter);
  if (live?.status === "created") await killProcess(state.monitor);
  const settled = await reconcile(engine, record, live);
  await launch(engine, record, settled, { signal });
  return true;
}
