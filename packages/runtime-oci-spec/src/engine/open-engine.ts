import { mkdir, realpath } from "node:fs/promises";
import type { RuntimeOptions } from "@k3d/core/runtime";
import { settingsFrom, type Settings } from "../host/settings.ts";
import { findRuntime, type OciRuntimeProgram } from "../host/tools.ts";
import { ImageStore } from "../images/image-store.ts";
import { Locks } from "../store/lock.ts";
import { NetworkRecords } from "../store/network-records.ts";
import { pathsOf } from "../store/paths.ts";
import { ContainerRecords } from "../store/records.ts";
import { VolumeRecords } from "../store/volume-records.ts";
import type { Engine } from "./engine.ts";

/** For processes that act on behalf of a container whose command has long ended. */
export async function engineFromEnv(
  env: RuntimeOptions["env"],
  exitModule: string,
): Promise<Engine> {
  const settings = settingsFrom(env);
  return await openEngine(settings, await findRuntime(settings), exitModule);
}

/** Opens what there is below the directories of the settings, and makes these. */
export async function openEngine(
  wanted: Settings,
  program: OciRuntimeProgram,
  exitModule: string,
): Promise<Engine> {
  const settings = {
    ...wanted,
    root: await realDirectory(wanted.root),
    run: await realDirectory(wanted.run),
  };
  const paths = pathsOf(settings.root, settings.run);
  const locks = new Locks(paths.locks);
  return {
    settings,
    paths,
    locks,
    program,
    exitModule,
    records: new ContainerRecords(paths, locks),
    networks: new NetworkRecords(paths),
    volumes: new VolumeRecords(paths),
    images: new ImageStore(paths, locks),
  };
}

/** Makes a directory. @returns its path without links, by which the kernel lists the mounts in it. */
async function realDirectory(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  return await realpath(path);
}
