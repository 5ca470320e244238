import { readdir } from "node:fs/promises";
import { isK3dError } from "@k3d/core/runtime";
import type { Engine } from "../engine/engine.ts";
import { ignoreMissing } from "../host/json-file.ts";
import { Scratch } from "../store/scratch.ts";
import { purge } from "./purge.ts";

/** Whether a container is there, or is being made or removed by another command right now. */
export async function existsOrIsMade(engine: Engine, id: string): Promise<boolean> {
  return await unlessAlive(engine, id, async () => {});
}

/** Deletes what is left of a container whose command was killed. @returns whether it is alive instead, as for {@link existsOrIsMade}. */
export async function purgeUnlessAlive(engine: Engine, id: string): Promise<boolean> {
  return await unlessAlive(engine, id, () => purge(engine, id, { volumes: [] }));
}

async function unlessAlive(
  engine: Engine,
  id: string,
  onLeftover: () => Promise<void>,
): Promise<boolean> {
  if ((await engine.records.read(id)) !== undefined) return true;
  try {
    return await engine.locks.with(
      `container-${id}`,
      async () => {
        if ((await engine.records.read(id)) !== undefined) return true;
        await onLeftover();
        return false;
      },
      { timeoutSeconds: 0 },
    );
  } catch (error) {
    if (isK3dError(error, "LOCKED")) return true;
    throw error;
  }
}

/** {@link sweepUnfinished} on the way of other work, which must not fail by what others left behind: the next sweep tries again. */
export async function trySweep(engine: Engine): Promise<void> {
  await sweepUnfinished(engine).catch(() => undefined);
}

/** Deletes what commands left behind that were killed while they made or removed something. */
export async function sweepUnfinished(engine: Engine): Promise<void> {
  const [ids, volumes, names, locks] = await Promise.all([
    engine.records.ids(),
    engine.volumes.all(),
    readdir(engine.paths.names).catch(ignoreMissing),
    readdir(engine.paths.locks).catch(ignoreMissing),
  ]);
  const owners = volumes.flatMap(({ owner }) => owner ?? []);
  const gone = new Set<string>();
  const locked = (locks ?? []).flatMap((name) => /^container-(\w+)\.lock$/.exec(name)?.[1] ?? []);
  for (const id of new Set([...ids, ...owners, ...locked])) {
    if (!(await purgeUnlessAlive(engine, id))) gone.add(id);
  }
  for (const { name, owner } of volumes) {
    if (owner !== undefined && gone.has(owner)) await engine.volumes.remove(name);
  }
  for (const name of names ?? []) await engine.records.dropName(name, gone);
  await new Scratch(engine.paths.tmp).sweep();
  await new Scratch(engine.paths.execs).sweep();
}
