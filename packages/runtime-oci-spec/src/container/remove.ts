import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { K3dError, type RemoveOptions } from "@k3d/core";
import { detachAll } from "../network/attach.ts";
import { refreshHosts } from "../network/hosts.ts";
import { DEFAULT_NETWORK, removeDefaultNetworkIfUnused } from "../network/lifecycle.ts";
import type { Engine } from "../store/engine.ts";
import { ignoreMissing } from "../store/json-file.ts";
import { killProcess } from "./monitor.ts";
import { releaseRootfs } from "./rootfs.ts";
import { forgetLive, liveContainer } from "./runtime-program.ts";
import { observe } from "./status.ts";

/** Removes a container with everything made for it. May be called again where it was interrupted. */
export async function removeContainer(engine: Engine, id: string, { force = false, volumes = true, signal }: RemoveOptions): Promise<void> {
  const networks = await engine.locks.with(
    `container-${id}`,
    async () => {
      const record = await engine.records.read(id);
      if (!record) throw new K3dError("NOT_FOUND", `Container ${id} does not exist`);
      const state = await engine.records.readState(id);
      const { status } = await observe(state, await liveContainer(engine, id, signal), record.spec.restartPolicy);
      if (!force && (status === "running" || status === "paused" || status === "restarting")) {
        throw new K3dError("INVALID_INPUT", `Container ${record.name} is ${status}`, { hint: "Stop it first, or force its removal" });
      }
      await engine.records.writeState(id, { ...state, phase: "removing" });
      // The monitor first: it would otherwise run the exit hook.
      await killProcess(state.restarter);
      await killProcess(state.monitor);
      await killProcess(state.process);
      await forgetLive(engine, id);
      await detachAll(engine, id, state.interfaces);
      await purge(engine, id, { name: record.name, volumes: volumes ? Object.values(record.anonymousVolumes) : [] });
      return record.networks.map(({ name }) => name);
    },
    { signal },
  );
  await refreshHosts(engine, networks);
  if (networks.includes(DEFAULT_NETWORK)) await removeDefaultNetworkIfUnused(engine);
}

/** Deletes what is on disk of a container, and its mount. */
export async function purge(engine: Engine, id: string, { name, volumes }: { name?: string; volumes: readonly string[] }): Promise<void> {
  const paths = engine.records.pathsOf(id);
  await releaseRootfs(engine, id);
  for (const volume of volumes) await engine.volumes.remove(volume);
  await rm(paths.monitor, { recursive: true, force: true });
  // The record goes last: until then the container is listed and can be removed again.
  for (const path of [paths.upper, paths.work, paths.rootfs]) await rm(path, { recursive: true, force: true });
  if (name !== undefined) await engine.records.releaseName(name, id);
  const grave = join(engine.paths.tmp, `container-${id}`);
  await mkdir(engine.paths.tmp, { recursive: true, mode: 0o700 });
  await rename(paths.directory, grave).catch(ignoreMissing);
  await rm(grave, { recursive: true, force: true });
  await engine.locks.forget(`container-${id}`);
}
