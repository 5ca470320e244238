import type { RuntimeCapabilities } from "../runtime/capabilities.js";
import type { MachineState, RuntimeInfo, RuntimeObstacle } from "../runtime/runtime.js";

/** What one machine's engine says of itself. */
export interface MachineInfo {
  name: string;
  info: RuntimeInfo;
}

/**
 * Why a cluster cannot be over these machines: one that does not answer, engines that do not know
 * each other, or a first one that makes no networks for them.
 *
 * @param infos of those that answer
 */
export function machineObstacles(
  states: readonly MachineState[],
  infos: readonly MachineInfo[],
  capabilities: Pick<RuntimeCapabilities, "networkOverMachines">,
): RuntimeObstacle[] {
  const lost = states
    .filter(({ reachable }) => !reachable)
    .map(({ name, reason = "it does not answer" }) => ({
      reason: `machine ${name} cannot be reached: ${reason}`,
      hint: `Start the engine of ${name}, or leave that machine out`,
    }));
  const first = infos.find(({ name }) => name === states[0]?.name);
  if (first === undefined || states.length < 2) return lost;
  return [...lost, ...groupObstacles(first, infos, capabilities.networkOverMachines)];
}

function groupObstacles(
  first: MachineInfo,
  infos: readonly MachineInfo[],
  makesNetworks: boolean,
): RuntimeObstacle[] {
  const { machineGroup: group, engine } = first.info;
  if (group === undefined) {
    const reason = `${engine} on machine ${first.name} knows no networks over machines`;
    return [{ reason, hint: "Use machines with Docker" }];
  }
  const { member } = group;
  const others = infos.filter(({ name }) => name !== first.name);
  const names = others.map(({ name }) => name).join(", ");
  if (member === undefined) {
    return [
      {
        reason: `the engine of machine ${first.name} is in no group with those of ${names}`,
        hint: `Run on ${first.name}: ${group.howToBegin}; and what it prints on ${names}: ${group.howToJoin}`,
      },
    ];
  }
  if (!makesNetworks) {
    return [
      {
        reason: `the engine of machine ${first.name} makes no networks for its group: it does not manage it`,
        hint: `Name a machine first that does, or let ${first.name} manage the group too`,
      },
    ];
  }
  const managers = new Set([member, ...group.managers]);
  return others.flatMap(({ name, info: { machineGroup } }): RuntimeObstacle[] => {
    const joined = machineGroup?.member !== undefined;
    const same =
      joined &&
      [machineGroup.member as string, ...machineGroup.managers].some((id) => managers.has(id));
    if (same) return [];
    const how = (machineGroup ?? group).howToJoin;
    return [
      {
        reason: `the engine of machine ${name} is in ${joined ? "another" : "no"} group than that of ${first.name}`,
        hint: `Run on ${name}${joined ? ", once it has left its own" : ""}: ${how}`,
      },
    ];
  });
}
