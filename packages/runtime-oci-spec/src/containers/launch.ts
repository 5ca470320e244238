import { K3dError, toK3dError, type PortBinding } from "@k3d/core/runtime";
import { translate } from "../host/edge.ts";
import { imageConfig } from "../images/from-native.ts";
import { attachAll, detachAll } from "../networks/attach.ts";
import { refreshHosts } from "../networks/hosts.ts";
import { holdPorts, type HeldPorts } from "../networks/published-ports.ts";
import type { Engine } from "../engine/engine.ts";
import type { AttachedInterface, ContainerRecord, ContainerState } from "../store/records.ts";
import { writeBundle } from "./to-native.ts";
import { createMonitored, killProcess } from "./monitor.ts";
import { ensureRootfs } from "./rootfs.ts";
import { forgetLive, runtime } from "../engine/runtime-program.ts";

/**
 * Starts a container that does not run. Its lock is held by the caller.
 *
 * A restart by the policy keeps network and ports of the run before.
 *
 * @throws `PORT_IN_USE`, `ADDRESS_IN_USE`, `CONTAINER_FAILED`, `IMAGE_NOT_FOUND`; leaves it stopped.
 */
export async function launch(
  engine: Engine,
  record: ContainerRecord,
  before: ContainerState,
  options: { restart?: boolean; signal?: AbortSignal } = {},
): Promise<void> {
  const { id } = record;
  let state: ContainerState = {
    ...before,
    phase: "starting",
    run: before.run + 1,
    stopRequested: false,
  };
  delete state.error;
  if (!options.restart) {
    state = { ...state, restartCount: 0, backoff: 0 };
    delete state.restarter;
  }
  const save = async (changes: Partial<ContainerState>) => {
    state = { ...state, ...changes };
    await engine.records.writeState(id, state);
  };
  let held: HeldPorts | undefined;
  try {
    const image = record.image ?? imageConfig(await engine.images.find(record.imageId));
    await ensureRootfs(engine, record);
    const keepsNetwork = options.restart === true && state.interfaces.length > 0;
    held = await holdPorts(keepsNetwork ? (state.ports ?? []) : record.spec.ports);
    await save({ ports: held.bindings });
    if (!keepsNetwork && !record.spec.hostNetwork)
      await connect(engine, record, state, held.bindings, save, options.signal);
    await writeBundle(engine, record, image);
    const identities = await createMonitored(engine, record, state.run, held.fds, options.signal);
    delete state.restarter;
    await save({ ...identities, phase: "running", startedAt: new Date().toISOString() });
    await runtime(engine, ["start", id]);
    await refreshHosts(
      engine,
      record.networks.map(({ name }) => name),
    );
  } catch (error) {
    await killProcess(state.monitor);
    await settle(engine, record, { ...state, error: toK3dError(error).message });
    throw asStartFailure(record, error);
  } finally {
    await held?.release();
  }
}

async function connect(
  engine: Engine,
  record: ContainerRecord,
  state: ContainerState,
  ports: readonly PortBinding[],
  save: (changes: Partial<ContainerState>) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const saveInterfaces = (interfaces: AttachedInterface[]) => save({ interfaces });
  const interfaces = await attachAll(engine, record, state, ports, saveInterfaces, signal);
  const addresses = interfaces.map(({ network, ipv4Address }) => [network, ipv4Address ?? ""]);
  await save({
    interfaces,
    lastAddresses: { ...state.lastAddresses, ...Object.fromEntries(addresses) },
  });
}

/** Takes down what a run had set up and notes that the container has stopped. Its lock is held by the caller. */
export async function settle(
  engine: Engine,
  record: ContainerRecord,
  state: ContainerState,
): Promise<void> {
  await forgetLive(engine, record.id);
  await detachAll(engine, record.id, state.interfaces);
  const {
    process: _process,
    monitor: _monitor,
    restarter: _restarter,
    ports: _ports,
    ...rest
  } = state;
  const phase = rest.startedAt === undefined ? "created" : "stopped";
  await engine.records.writeState(record.id, { ...rest, phase, interfaces: [] });
  await refreshHosts(
    engine,
    record.networks.map(({ name }) => name),
  );
}

function asStartFailure(record: ContainerRecord, error: unknown): K3dError {
  const failure = toK3dError(translate(error, `container start of ${record.name}`));
  if (failure.code !== "COMMAND_FAILED" && failure.code !== "INTERNAL") return failure;
  return new K3dError(
    "CONTAINER_FAILED",
    `Container '${record.name}' cannot be started: ${failure.message}`,
    { cause: failure },
  );
}
