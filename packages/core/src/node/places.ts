import { nodeName } from "../model/names.js";

/**
 * The place of each node among those of its role, which node filters such as `agent:1` name, by its name: the number that
 * k3d gave it when it made the cluster. Nodes that were added under other names come after those, in the order given.
 */
export function placesOf(
  cluster: string,
  nodes: readonly { name: string; role: string }[],
): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  const next = new Map<string, number>();
  for (const { name, role } of nodes) {
    if (role !== "server" && role !== "agent") continue;
    const place = Number(/-(\d+)$/.exec(name)?.[1]);
    if (name !== nodeName(cluster, role, place)) continue;
    places.set(name, place);
    next.set(role, Math.max(next.get(role) ?? 0, place + 1));
  }
  for (const { name, role } of nodes) {
    if (places.has(name)) continue;
    const place = next.get(role) ?? 0;
    places.set(name, place);
    next.set(role, place + 1);
  }
  return places;
}
