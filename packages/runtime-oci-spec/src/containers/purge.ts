import { rename, rm } from "node:fs/promises";
import type { Engine } from "../engine/engine.ts";
import { errorCode, ignoreMissing } from "../host/json-file.ts";
import { Scratch } from "../store/scratch.ts";
import { releaseRootfs } from "./rootfs.ts";

/** Deletes what is on disk of a container, and its mount. */
export async function purge(
  engine: Engine,
  id: string,
  { name, volumes }: { name?: string; volumes: readonly string[] },
): Promise<void> {
  const paths = engine.records.pathsOf(id);
  for (const volume of volumes) await engine.volumes.remove(volume);
  await rm(paths.monitor, { recursive: true, force: true });
  // The record goes last: until then the container is listed and can be removed again.
  await removeRootfs(engine, id);
  for (const path of [paths.upper, paths.work]) await rm(path, { recursive: true, force: true });
  if (name !== undefined) await engine.records.releaseName(name, id);
  const grave = await new Scratch(engine.paths.tmp).path("container");
  await rename(paths.directory, grave).catch(ignoreMissing);
  await rm(grave, { recursive: true, force: true });
  await engine.locks.forget(`container-${id}`);
}

const UNMOUNT_ATTEMPTS = 5;

/** Unmounts and deletes the root file system, again where something was mounted there in between. */
async function removeRootfs(engine: Engine, id: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    await releaseRootfs(engine, id);
    try {
      await rm(engine.records.pathsOf(id).rootfs, { recursive: true, force: true });
      return;
    } catch (error) {
      if (errorCode(error) !== "EBUSY" || attempt === UNMOUNT_ATTEMPTS) throw error;
    }
  }
}
