import { mkdir, realpath } from "node:fs/promises";
import type {
  CallOptions,
  ContainerRuntime,
  Detection,
  RuntimeFactory,
  RuntimeOptions,
} from "@k3d/core/runtime";
import { throwIfAborted } from "@k3d/core/runtime";
import { settingsFrom, type Settings } from "./host/settings.ts";
import { findRuntime, type OciRuntimeProgram } from "./host/tools.ts";
import { ImageStore } from "./images/image-store.ts";
import type { Engine } from "./engine/engine.ts";
import { Locks } from "./store/lock.ts";
import { NetworkRecords } from "./store/network-records.ts";
import { pathsOf } from "./store/paths.ts";
import { ContainerRecords } from "./store/records.ts";
import { VolumeRecords } from "./store/volume-records.ts";

/**
 * The factory of the daemonless runtime.
 *
 * @param exitModule address of the module with the hooks that monitors of containers run.
 */
export function ociFactory(exitModule: string): RuntimeFactory {
  return {
    name: "oci",
    contractVersion: 1,
    async detect(options: RuntimeOptions & CallOptions): Promise<Detection> {
      const { detect } = await import("./host/detect.ts");
      return await detect(options);
    },
    async create(options: RuntimeOptions & CallOptions): Promise<ContainerRuntime> {
      throwIfAborted(options.signal);
      const [{ requireHost }, { OciRuntime, capabilitiesOf }] = await Promise.all([
        import("./host/detect.ts"),
        import("./runtime.ts"),
      ]);
      const { settings, program } = await requireHost(options);
      const engine = await openEngine(settings, program, exitModule);
      return new OciRuntime(engine, await capabilitiesOf(), options.env);
    },
  };
}

/** For processes that act on behalf of a container whose command has long ended. */
export async function engineFromEnv(
  env: RuntimeOptions["env"],
  exitModule: string,
): Promise<Engine> {
  const settings = settingsFrom(env);
  return await openEngine(settings, await findRuntime(settings), exitModule);
}

async function openEngine(
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
