import { K3dError, type RemoveOptions } from "@k3d/core/runtime";
import { detachAll } from "../networks/attach.ts";
import { refreshHosts } from "../networks/hosts.ts";
import { DEFAULT_NETWORK, removeDefaultNetworkIfUnused } from "../networks/lifecycle.ts";
import type { Engine } from "../engine/engine.ts";
import { killProcess } from "./monitor.ts";
import { purge } from "./purge.ts";
import { forgetLive, liveContainer } from "../engine/runtime-program.ts";
import { observe } from "./status.ts";
import { trySweep } from "./sweep.ts";

/** Removes a container with everything made for it. May be called again where it was interrupted. */
export async function removeContainer(
  engine: Engine,
  id: string,
  { force = false, volumes = true, signal }: RemoveOptions,
): Promise<void> {
  const networks = await engine.locks.with(
    `container-${id}`,
    async () => {
      const record = await engine.records.read(id);
      if (!record) throw new K3dError("NOT_FOUND", `Container '${id}' does not exist`);
      const state = await engine.records.readState(id);
      const { status } = await observe(
        state,
        await liveContainer(engine, id, signal),
        record.spec.restartPolicy,
      );
      if (!force && (status === "running" || status === "paused" || status === "restarting")) {
        throw new K3dError("INVALID_INPUT", `Container '${record.name}' is ${status}`, {
          hint: "Stop it first, or force its removal",
        });
      }
      await engine.records.writeState(id, { ...state, phase: "removing" });
      // The monitor first: it would otherwise run the exit hook.
      await killProcess(state.restarter);
      await killProcess(state.monitor);
      await killProcess(state.process);
      await forgetLive(engine, id);
      await detachAll(engine, id, state.interfaces);
      const anonymous = Object.values(record.anonymousVolumes);
      if (!volumes) for (const volume of anonymous) await engine.volumes.disown(volume);
      await purge(engine, id, { name: record.name, volumes: volumes ? anonymous : [] });
      return record.networks.map(({ name }) => name);
    },
    { signal },
  );
  await trySweep(engine);
  await refreshHosts(engine, networks);
  if (networks.includes(DEFAULT_NETWORK)) await removeDefaultNetworkIfUnused(engine);
}
