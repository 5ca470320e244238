import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isK3dError, type NetworkAttachment, type PortBinding } from "@k3d/core/runtime";
import { tryRun } from "../host/run.ts";
import type { Engine } from "../engine/engine.ts";
import { ignoreMissing } from "../host/json-file.ts";
import type { AttachedInterface, ContainerRecord, ContainerState } from "../store/records.ts";
import { besideOthers } from "./chains.ts";
import {
  addInterface,
  callPlugin,
  CNI_VERSION,
  deleteInterface,
  type CniResult,
  type CniTarget,
} from "./cni.ts";
import { adminChain, allowPublishedPorts } from "./firewall.ts";
import { hardwareAddress } from "./hardware-address.ts";
import { parseCidr } from "../host/ipv4.ts";
import { requireNetwork } from "./lifecycle.ts";
import { createNamespace, removeNamespace } from "./namespace.ts";
import { pluginChain } from "./plugins.ts";

/** Notes what is going to be set up, so that it can be torn down whatever happens. */
type Save = (interfaces: AttachedInterface[]) => Promise<void>;

/**
 * Makes the network namespace of a container with an interface on each of its networks.
 *
 * @param ports published through the first network.
 * @throws `ADDRESS_IN_USE`, `NOT_FOUND` (network), `RUNTIME_ERROR`, `ABORTED`; the caller tears down.
 */
export async function attachAll(
  engine: Engine,
  record: ContainerRecord,
  state: ContainerState,
  ports: readonly PortBinding[],
  save: Save,
  signal?: AbortSignal,
): Promise<AttachedInterface[]> {
  const namespace = engine.records.pathsOf(record.id).networkNamespace;
  await createNamespace(namespace, signal);
  await callPlugin(
    engine.settings,
    "ADD",
    target(record.id, namespace, "lo"),
    { type: "loopback", name: "loopback" },
    undefined,
  );
  let interfaces: AttachedInterface[] = [];
  for (const [index, attachment] of record.networks.entries()) {
    const published = index === 0 ? ports : [];
    interfaces = await attach(engine, {
      record,
      state,
      attachment,
      interfaces,
      ports: published,
      save,
      signal,
    });
  }
  return interfaces;
}

interface AttachRequest {
  record: ContainerRecord;
  state: ContainerState;
  attachment: NetworkAttachment;
  /** What the container has already. */
  interfaces: AttachedInterface[];
  ports: readonly PortBinding[];
  save: Save;
  signal?: AbortSignal;
}

/** Adds one interface to a container's namespace. @returns all its interfaces. */
export async function attach(engine: Engine, request: AttachRequest): Promise<AttachedInterface[]> {
  const { record, attachment, interfaces } = request;
  const network = await requireNetwork(engine, attachment.name);
  if (request.ports.length > 0) {
    await engine.locks.with("firewall", () => allowPublishedPorts(engine.paths.root, network), {
      signal: request.signal,
    });
  }
  const primary = !interfaces.some((existing) => existing.primary);
  const name = freeInterface(interfaces);
  const plan = async (address: string | undefined): Promise<AttachedInterface> => ({
    network: network.name,
    interface: name,
    primary,
    plugins: pluginChain(network, {
      address,
      hardwareAddress: hardwareAddress(`${record.id} ${network.name}`, attachment.ipv4Address),
      reserved: await reservedAddresses(engine, network.name, record.id),
      primary,
      ports: request.ports,
      addresses: engine.paths.addresses,
      adminChain: adminChain(engine.paths.root),
    }),
  });
  const connect = async (planned: AttachedInterface) => {
    await request.save([...interfaces, planned]);
    const cni = target(record.id, engine.records.pathsOf(record.id).networkNamespace, name);
    // Not while chains that nobody uses are removed.
    const result = await besideOthers(
      engine.locks,
      () => addInterface(engine.settings, cni, planned.plugins, request.signal),
      request.signal,
    );
    const all = [
      ...interfaces,
      { ...planned, ipv4Address: result.ips?.[0]?.address.split("/")[0] ?? "" },
    ];
    await request.save(all);
    return all;
  };
  const last = request.state.lastAddresses[network.name];
  if (attachment.ipv4Address !== undefined || last === undefined)
    return await connect(await plan(attachment.ipv4Address));
  // Its address of last time where that is still free, for those who remember it.
  return await connect(await plan(last)).catch(async (error: unknown) => {
    if (!isK3dError(error, "ADDRESS_IN_USE")) throw error;
    return await connect(await plan(undefined));
  });
}

/** Undoes {@link attachAll}, wholly or partly done; nothing left is fine. */
export async function detachAll(
  engine: Engine,
  id: string,
  interfaces: readonly AttachedInterface[],
): Promise<void> {
  for (const attached of interfaces.toReversed()) await detach(engine, id, attached);
  await removeNamespace(engine.records.pathsOf(id).networkNamespace);
}

export async function detach(
  engine: Engine,
  id: string,
  attached: AttachedInterface,
): Promise<void> {
  const cni = target(id, engine.records.pathsOf(id).networkNamespace, attached.interface);
  const previous = await previousResult(engine, id, attached);
  await engine.locks.with(
    "firewall",
    () => deleteInterface(engine.settings, cni, attached.plugins, previous),
    { shared: true },
  );
}

/** Sends what has no other route through another interface, after the one that had been chosen is gone. */
export async function promotePrimary(
  engine: Engine,
  id: string,
  interfaces: AttachedInterface[],
): Promise<AttachedInterface[]> {
  const [first, ...rest] = interfaces;
  if (!first || interfaces.some(({ primary }) => primary)) return interfaces;
  const { gateway } = await engine.networks.find(first.network);
  const namespace = engine.records.pathsOf(id).networkNamespace;
  await tryRun("nsenter", [
    `--net=${namespace}`,
    "ip",
    "route",
    "replace",
    "default",
    "via",
    gateway,
    "dev",
    first.interface,
  ]);
  return [{ ...first, primary: true }, ...rest];
}

/** The plugins take rules away by addresses: those known, or, after a crash, those noted by the IPAM plugin. */
async function previousResult(
  engine: Engine,
  id: string,
  attached: AttachedInterface,
): Promise<CniResult> {
  const network = await engine.networks.find(attached.network).catch(() => undefined);
  const prefix = parseCidr(network?.subnet ?? "")?.prefix ?? 24;
  const address = attached.ipv4Address ?? (await notedAddress(engine, id, attached));
  return {
    cniVersion: CNI_VERSION,
    interfaces: [],
    ips: address === undefined ? [] : [{ address: `${address}/${prefix}` }],
  };
}

async function notedAddress(
  engine: Engine,
  id: string,
  { network, interface: name }: AttachedInterface,
): Promise<string | undefined> {
  const directory = join(engine.paths.addresses, network);
  const addresses = ((await readdir(directory).catch(ignoreMissing)) ?? []).filter((file) =>
    /^[\d.]+$/.test(file),
  );
  for (const address of addresses) {
    const [owner, ownInterface] =
      (await readFile(join(directory, address), "utf8").catch(ignoreMissing))
        ?.trim()
        .split(/\s+/) ?? [];
    if (owner === id && ownInterface === name) return address;
  }
  return undefined;
}

/** Addresses of a network that belong to other containers, whether they run or not. */
async function reservedAddresses(
  engine: Engine,
  network: string,
  except: string,
): Promise<string[]> {
  const others = (await engine.records.all()).filter(
    ({ id, networks }) => id !== except && networks.some(({ name }) => name === network),
  );
  const addresses = await Promise.all(
    others.map(async ({ id, networks }) => {
      const fixed = networks.find(({ name }) => name === network)?.ipv4Address;
      return fixed ?? (await engine.records.readState(id)).lastAddresses[network];
    }),
  );
  return addresses.filter((address) => address !== undefined);
}

function target(containerId: string, namespace: string, name: string): CniTarget {
  return { containerId, namespace, interface: name };
}

function freeInterface(interfaces: readonly AttachedInterface[]): string {
  const taken = new Set(interfaces.map((attached) => attached.interface));
  let number = 0;
  while (taken.has(`eth${number}`)) number += 1;
  return `eth${number}`;
}
