import { isSameProcess } from "../host/processes.ts";
import type { Engine } from "../engine/engine.ts";
import type { ContainerRecord, ContainerState } from "../store/records.ts";
import { settle } from "./launch.ts";
import { readExit } from "./monitor.ts";
import type { LiveContainer } from "../engine/runtime-program.ts";

/**
 * How the last run ended: as noted by the exit hook, else by conmon, else
 * unknown because both were gone by then.
 */
export async function withOutcome(
  engine: Engine,
  id: string,
  state: ContainerState,
  live: LiveContainer | undefined,
): Promise<ContainerState> {
  const isOver = state.phase === "running" && (live === undefined || live.status === "stopped");
  if (!isOver) return state;
  const exit = await readExit(engine, id);
  if (exit === undefined) {
    const { exitCode: _exitCode, ...rest } = state;
    const watched = state.monitor !== undefined && (await isSameProcess(state.monitor));
    return watched
      ? rest
      : { ...rest, error: "Its monitor ended before it, so its exit code is unknown" };
  }
  const { error: _error, ...rest } = state;
  return {
    ...rest,
    exitCode: exit.exitCode,
    finishedAt: state.finishedAt ?? new Date().toISOString(),
    ...(exit.outOfMemory ? { error: "It ran out of memory" } : {}),
  };
}

/**
 * Cleans up after a container whose run has ended without its exit hook, be it
 * that the hook was killed or the machine restarted. Its lock is held by the caller.
 *
 * @returns its state afterwards.
 */
export async function reconcile(
  engine: Engine,
  record: ContainerRecord,
  live: LiveContainer | undefined,
): Promise<ContainerState> {
  const state = await engine.records.readState(record.id);
  const isOver = live === undefined || live.status === "stopped";
  const isActive =
    state.phase === "running" || state.phase === "starting" || state.phase === "restarting";
  const halfStarted = live?.status === "created" || live?.status === "creating";
  if (!halfStarted && !(isOver && (isActive || live !== undefined || state.interfaces.length > 0)))
    return state;
  await settle(engine, record, await withOutcome(engine, record.id, state, live));
  return await engine.records.readState(record.id);
}
