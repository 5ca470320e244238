import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { K3dError, type NetworkSpec } from "@k3d/core/runtime";
import { tryRun } from "../host/run.ts";
import type { Engine } from "../engine/engine.ts";
import type { NetworkRecord } from "../store/network-records.ts";
import type { ContainerRecord } from "../store/records.ts";
import { forbidPublishedPorts, removeUnusedChains } from "./firewall.ts";
import { planSubnet } from "./subnets.ts";

/** The network of containers that name none. It comes with the first of them and goes with the last. */
export const DEFAULT_NETWORK = "oci-default";

/** Makes a network; its bridge comes with the first container. @throws `NAME_IN_USE`, `NETWORK_IN_USE`, `INVALID_INPUT`. */
export async function createNetwork(
  engine: Engine,
  spec: NetworkSpec,
  signal?: AbortSignal,
): Promise<NetworkRecord> {
  return await engine.locks.with(
    "networks",
    async () => {
      const others = await engine.networks.all();
      if (others.some(({ name }) => name === spec.name)) {
        throw new K3dError("NAME_IN_USE", `A network named ${spec.name} exists already`);
      }
      const id = randomBytes(32).toString("hex");
      const record: NetworkRecord = {
        id,
        name: spec.name,
        labels: spec.labels,
        ...(await planSubnet(spec, engine.settings, others)),
        dynamicRange: spec.dynamicRange,
        bridge: `k3d-${id.slice(0, 10)}`,
        options: spec.options ?? {},
      };
      await engine.networks.write(record);
      return record;
    },
    { signal },
  );
}

/** Removes a network with all it left on the host. @throws `NOT_FOUND`, `NETWORK_IN_USE`. */
export async function removeNetwork(
  engine: Engine,
  nameOrId: string,
  signal?: AbortSignal,
): Promise<void> {
  await engine.locks.with(
    "networks",
    async () => {
      const record = await engine.networks.find(nameOrId);
      const members = await membersOf(engine, record.name);
      if (members.length > 0) {
        throw new K3dError(
          "NETWORK_IN_USE",
          `Network '${record.name}' still has containers: ${members.map(({ name }) => name).join(", ")}`,
          {
            hint: "Disconnect or remove them first",
          },
        );
      }
      await engine.locks.with("firewall", async () => {
        await forbidPublishedPorts(engine.paths.root, record);
        await removeUnusedChains(engine.paths.root);
      });
      await tryRun("ip", ["link", "delete", record.bridge]);
      await rm(join(engine.paths.addresses, record.name), { recursive: true, force: true });
      await engine.networks.remove(record.name);
    },
    { signal },
  );
}

/** The containers that belong to a network, whether they run or not. */
export async function membersOf(engine: Engine, network: string): Promise<ContainerRecord[]> {
  return (await engine.records.all()).filter(({ networks }) =>
    networks.some(({ name }) => name === network),
  );
}

/** A network of that name; the default one is made where it is missing. @throws `NOT_FOUND`. */
export async function requireNetwork(engine: Engine, name: string): Promise<NetworkRecord> {
  if (name === DEFAULT_NETWORK && !(await engine.networks.exists(name))) {
    await createNetwork(engine, { name, labels: {} }).catch(ignoreCode("NAME_IN_USE"));
  }
  return await engine.networks.find(name);
}

export async function removeDefaultNetworkIfUnused(engine: Engine): Promise<void> {
  if ((await membersOf(engine, DEFAULT_NETWORK)).length > 0) return;
  await removeNetwork(engine, DEFAULT_NETWORK).catch(ignoreCode("NOT_FOUND", "NETWORK_IN_USE"));
}

function ignoreCode(...codes: string[]): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof Error && "code" in error && codes.includes(String(error.code)))
      return undefined;
    throw error;
  };
}
