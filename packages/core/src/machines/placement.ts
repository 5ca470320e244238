import { OBJECT_PREFIX } from "../model/names.js";

/** Where a node of a cluster over several machines is. */
export interface PlacedNode {
  name: string;
  machine: string;
}

const MACHINE = /^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/;
const NODE = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/i;

/** Whether `name` can be that of a machine: letters, digits, hyphens and dots. */
export function isMachineName(name: string): boolean {
  return MACHINE.test(name);
}

/** `big=server-0,serverlb;two=agent-0`: node names without what they all begin with. */
export function formatPlacement(cluster: string, nodes: readonly PlacedNode[]): string {
  const prefix = prefixOf(cluster);
  return [...Map.groupBy(nodes, ({ machine }) => machine)]
    .map(([machine, members]) => {
      const names = members.map(({ name }) =>
        name.startsWith(prefix) ? name.slice(prefix.length) : `/${name}`,
      );
      return `${machine}=${names.join(",")}`;
    })
    .join(";");
}

/** What {@link formatPlacement} wrote. The label is whoever's who made the container: what cannot be a name is left out. */
export function parsePlacement(cluster: string, label: string | undefined): PlacedNode[] {
  return (label ?? "").split(";").flatMap((part) => {
    const [machine = "", names = ""] = part.split("=");
    if (!isMachineName(machine)) return [];
    return names.split(",").flatMap((short) => {
      const name = short.startsWith("/") ? short.slice(1) : `${prefixOf(cluster)}${short}`;
      return short !== "" && NODE.test(name) ? [{ name, machine }] : [];
    });
  });
}

const prefixOf = (cluster: string): string => `${OBJECT_PREFIX}-${cluster}-`;
