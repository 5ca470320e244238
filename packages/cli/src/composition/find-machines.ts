import { byName, K3dError, listNodes, OBJECT_PREFIX } from "@k3d/core";
import type { WantedObjects } from "@k3d/plugin-kit";
import type { MachineMemory } from "./machine-memory.js";
import type { NamedMachine } from "./machines.js";
import type { SelectOptions } from "./select-runtime.js";

/**
 * The machines of what a command names: those of `K3D_MACHINES`, else those that were named when
 * its cluster was made. None when it is on one engine, or when the command names nothing.
 *
 * @throws `INVALID_INPUT` for objects on different machines, `INVALID_CONFIG` for a file that cannot be read
 */
export async function knownMachines(
  wanted: WantedObjects | undefined,
  memory: MachineMemory,
  selection: Omit<SelectOptions, "choice">,
  choice: SelectOptions["choice"],
): Promise<readonly NamedMachine[]> {
  const { env } = selection.runtimeOptions;
  if (env.K3D_MACHINES) {
    const { machinesOf } = await import("./machines.js");
    return machinesOf(env.K3D_MACHINES);
  }
  const remembered = wanted === undefined ? [] : await memory.firstClusters();
  if (wanted === undefined || remembered.length === 0) return [];
  const { clusters = [], nodes = [] } = wanted;
  const found = new Map<string, readonly NamedMachine[]>();
  const take = (machines: readonly NamedMachine[]): void =>
    void found.set(JSON.stringify(machines), machines);
  for (const name of clusters) {
    const cluster = remembered.find((known) => [known, full(known)].includes(name));
    // A name may stand for a cluster or a node: `logs` takes either.
    if (cluster !== undefined || !nodes.includes(name))
      take(cluster === undefined ? [] : await memory.of(cluster));
  }
  for (const name of nodes.filter((node) => !clusters.includes(node) || found.size === 0)) {
    const cluster = remembered.find((known) =>
      [name, `${OBJECT_PREFIX}-${name}`].some((node) => node.startsWith(`${full(known)}-`)),
    );
    if (cluster !== undefined) take(await memory.of(cluster));
    else take(await machinesWith(name, remembered, memory, { ...selection, choice }));
  }
  if (found.size > 1) {
    throw new K3dError(
      "INVALID_INPUT",
      `${[...new Set([...clusters, ...nodes])].join(", ")} are not on the same machines`,
      { hint: "Run the command for each of them." },
    );
  }
  return [...found.values()][0] ?? [];
}

/** For a node whose name does not tell its cluster: the machines that have it. */
async function machinesWith(
  node: string,
  clusters: readonly string[],
  memory: MachineMemory,
  selection: SelectOptions,
): Promise<readonly NamedMachine[]> {
  const { onMachines } = await import("./machines.js");
  const sets = await Promise.all(clusters.map((cluster) => memory.of(cluster)));
  for (const machines of sets) {
    const [nodes = []] = await onMachines([machines], selection, (runtime) =>
      listNodes(runtime, { signal: selection.signal }),
    );
    if (byName(node, nodes) !== undefined) return machines;
  }
  return [];
}

const full = (cluster: string): string => `${OBJECT_PREFIX}-${cluster}`;
