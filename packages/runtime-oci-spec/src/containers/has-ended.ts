import { isSameProcess } from "../host/processes.ts";
import type { Engine } from "../engine/engine.ts";
import { look } from "./look.ts";

/** Whether a container has run and neither runs nor is going to be restarted. */
export async function hasEnded(engine: Engine, id: string): Promise<boolean> {
  const record = await engine.records.read(id);
  if (!record) return true;
  const state = await engine.records.readState(id);
  // The common case, told without asking the runtime.
  if (
    state.phase === "running" &&
    state.process !== undefined &&
    (await isSameProcess(state.process))
  )
    return false;
  const { status, settling } = await look(engine, record);
  return !settling && (status === "stopped" || status === "removing");
}
