import type { RuntimeCapabilities } from "../runtime/capabilities.js";
import type {
  MachineGroup,
  MachineState,
  RuntimeInfo,
  RuntimeObstacle,
} from "../runtime/runtime.js";

/** What one machine's engine says of itself. */
export interface MachineInfo {
  name: string;
  info: RuntimeInfo;
}

/** Whether both engines are in one group. */
export function inOneGroup(
  one: MachineGroup | undefined,
  other: MachineGroup | undefined,
): boolean {
  const ids = idsOf(one);
  return idsOf(other).some((id) => ids.includes(id));
}

/** Its own, and those of who makes the networks: an engine may not name itself among these. */
const idsOf = ({ member, managers = [] }: Partial<MachineGroup> = {}): string[] =>
  member === undefined ? [] : [member, ...managers];

/**
 * Why a cluster cannot be over these machines: one that does not answer, engines that do not know
 * each other, or a first one that makes no networks for them.
 *
 * @param infos of those that answer
 */
export function machineObstacles(
  states: readonly MachineState[],
  infos: readonly MachineInfo[],
  capabilities: Pick<RuntimeCapabilities, "networkOverMachines" | "machineGroups">,
): RuntimeObstacle[] {
  const lost = states
    .filter(({ reachable }) => !reachable)
    .map(({ name, reason = "it does not answer" }) => ({
      reason: `machine ${name} cannot be reached: ${reason}`,
      hint: `Start the engine of ${name}, or leave that machine out`,
    }));
  const first = infos.find(({ name }) => name === states[0]?.name);
  if (first === undefined || states.length < 2) return lost;
  return [...lost, ...groupObstacles(first, infos, capabilities)];
}

function groupObstacles(
  first: MachineInfo,
  infos: readonly MachineInfo[],
  capabilities: Pick<RuntimeCapabilities, "networkOverMachines" | "machineGroups">,
): RuntimeObstacle[] {
  const byCommand = capabilities.machineGroups
    ? "Run `k3d machines join` with these machines, or by hand on"
    : "Run on";
  const { machineGroup: group, engine } = first.info;
  if (group === undefined) {
    const reason = `${engine} on machine ${first.name} does not support networks over several machines`;
    return [{ reason, hint: "Use machines with Docker" }];
  }
  const { member } = group;
  const others = infos.filter(({ name }) => name !== first.name);
  const names = others.map(({ name }) => name).join(", ");
  if (member === undefined) {
    return [
      {
        machine: first.name,
        reason: `the engine of machine ${first.name} is in no group with those of ${names}`,
        hint: `${byCommand} ${first.name}: ${group.howToBegin}; and what it prints on ${names}: ${group.howToJoin}`,
      },
    ];
  }
  if (!capabilities.networkOverMachines) {
    return [
      {
        reason: `the engine of machine ${first.name} cannot make networks for its group, because it does not manage it`,
        hint: `Name a machine first that does, or let ${first.name} manage the group too`,
      },
    ];
  }
  return others.flatMap(({ name, info: { machineGroup } }): RuntimeObstacle[] => {
    const joined = machineGroup?.member !== undefined;
    if (inOneGroup(group, machineGroup)) return [];
    const how = (machineGroup ?? group).howToJoin;
    const run = joined ? `Run on ${name}, once it has left its own` : `${byCommand} ${name}`;
    return [
      {
        machine: name,
        reason: `the engine of machine ${name} is in ${joined ? "another" : "no"} group than that of ${first.name}`,
        hint: `${run}: ${how}`,
      },
    ];
  });
}
