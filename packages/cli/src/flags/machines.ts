import { homedir } from "node:os";
import { machineEndpoint, type MachineConfig, type ResolvedConfig } from "@k3d/core";
import type { ServiceOptions } from "@k3d/plugin-kit";
import { MachineMemory } from "../composition/machine-memory.js";

/** How a command connects for a cluster that is or shall be on these machines. */
export function machineServices({ machines }: ResolvedConfig): Pick<ServiceOptions, "machines"> {
  return {
    machines: machines.map((machine) => ({
      name: machine.name,
      endpoint: machineEndpoint(machine),
    })),
  };
}

/** The machines of a cluster that was made here, in the words of a config. */
export async function keptMachines(cluster: string): Promise<MachineConfig[]> {
  const machines = await new MachineMemory(process.env, homedir()).of(cluster);
  return machines.map(({ name, endpoint }) =>
    endpoint.includes("://") ? { name, host: endpoint } : { name, context: endpoint },
  );
}

/**
 * Makes a cluster, and keeps how its machines are reached for the commands that come later; not when
 * the creation fails and is undone.
 */
export async function withMachinesKept<T>(
  config: ResolvedConfig,
  make: () => Promise<T>,
): Promise<T> {
  const memory = new MachineMemory(process.env, homedir());
  const { name } = config.metadata;
  const { machines = [] } = machineServices(config);
  const before = await memory.of(name).catch(() => []);
  if (machines.length > 0) await memory.remember(name, machines);
  else if (before.length > 0) await memory.forget(name);
  try {
    return await make();
  } catch (error) {
    if (before.length > 0) await memory.remember(name, before);
    else if (machines.length > 0 && !config.options.k3d.disableRollback) await memory.forget(name);
    throw error;
  }
}

/** Nothing of the cluster is left anywhere. */
export async function forgetMachines(cluster: string): Promise<void> {
  await new MachineMemory(process.env, homedir()).forget(cluster);
}
