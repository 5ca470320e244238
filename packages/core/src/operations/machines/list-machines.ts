import { throwIfAborted, toK3dError } from "../../errors/index.js";
import { inOneGroup, isOutOfReach, type Machine } from "../../machines/index.js";
import { listNodes } from "../../observe/index.js";
import type { CallOptions } from "../../runtime/common.js";
import type { MachineGroup } from "../../runtime/runtime.js";

/** A machine as it is now. */
export interface ListedMachine {
  name: string;
  reachable: boolean;
  /** Why it is not reachable. */
  reason?: string;
  /** Where its engine is reached, without secrets. */
  endpoint?: string;
  /** For people, e.g. `Docker Engine 28.2.2`. */
  engine?: string;
  version?: string;
  /** The first of the machines that is in one group with this one, itself where there is none; absent: it is in no group. */
  group?: string;
  /** Whether it makes networks for its group. */
  manager?: boolean;
  /** Names of its nodes, of whichever cluster. */
  nodes: string[];
}

interface Seen {
  listed: ListedMachine;
  group: MachineGroup | undefined;
}

/** The machines, each with its group and its nodes; one that does not answer says why. */
export async function listMachines(
  machines: readonly Machine[],
  options: CallOptions = {},
): Promise<ListedMachine[]> {
  const seen = await Promise.all(machines.map((machine) => look(machine, options)));
  return seen.map(({ listed, group }) => {
    if (group?.member === undefined) return listed;
    const head = seen.find((other) => inOneGroup(other.group, group));
    return { ...listed, group: head?.listed.name ?? listed.name };
  });
}

async function look({ name, engine }: Machine, options: CallOptions): Promise<Seen> {
  const unreachable = ({ message: reason }: Error): Seen => ({
    listed: { name, reachable: false, reason, nodes: [] },
    group: undefined,
  });
  if (engine instanceof Error) return unreachable(engine);
  try {
    const [info, capabilities, nodes] = await Promise.all([
      engine.info(options),
      engine.capabilities,
      listNodes(engine, options),
    ]);
    const { machineGroup: group, version } = info;
    const inGroup = group?.member !== undefined;
    const listed: ListedMachine = {
      name,
      reachable: true,
      endpoint: info.endpoint,
      engine: info.engine,
      version,
      ...(inGroup ? { manager: capabilities.networkOverMachines } : {}),
      nodes: nodes.map((node) => node.name),
    };
    return { listed, group };
  } catch (error) {
    throwIfAborted(options.signal);
    if (!isOutOfReach(error)) throw toK3dError(error);
    return unreachable(error);
  }
}
