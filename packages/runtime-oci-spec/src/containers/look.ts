import type { Engine } from "../engine/engine.ts";
import type { ContainerRecord, ContainerState } from "../store/records.ts";
import { liveContainer, type LiveContainer } from "../engine/runtime-program.ts";
import { observe, type ObservedStatus } from "./status.ts";

export interface Sight extends ObservedStatus {
  state: ContainerState;
  live: LiveContainer | undefined;
}

const ATTEMPTS = 10;

/**
 * What a container does, from state, runtime and processes of one moment.
 *
 * They are read one after the other without a lock, so a restart may come in
 * between, which looks like the end: that is believed only when the state is
 * still the same afterwards.
 *
 * @param known what the runtime said of it, where it has been asked already.
 */
export async function look(
  engine: Engine,
  record: ContainerRecord,
  known?: { live: LiveContainer | undefined },
  signal?: AbortSignal,
): Promise<Sight> {
  let state = await engine.records.readState(record.id);
  let live = known ? known.live : await liveContainer(engine, record.id, signal);
  for (let attempt = 1; ; attempt += 1) {
    const observed = await observe(state, live, record.spec.restartPolicy);
    const later = await engine.records.readState(record.id);
    const hasMoved =
      later.run !== state.run ||
      later.phase !== state.phase ||
      later.restarter?.pid !== state.restarter?.pid;
    if (!hasMoved || observed.status === "running" || attempt === ATTEMPTS)
      return { ...observed, state, live };
    state = later;
    live = await liveContainer(engine, record.id, signal);
  }
}
