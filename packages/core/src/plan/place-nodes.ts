import type { ResolvedConfig } from "../config/resolved-config.js";
import { placedBy, SPREAD } from "../config/machines.js";
import { K3dError } from "../errors/index.js";
import { formatPlacement, parsePlacement } from "../machines/placement.js";
import { LABELS } from "../model/labels.js";
import { type Role, runsK3s } from "../model/roles.js";
import type { NodeDefinition } from "../node/node-definition.js";
import type { DesiredNode } from "./desired.js";
import type { Facts } from "./facts.js";

/**
 * Puts each node on its machine. What no rule names is spread: servers first, agents after them, so
 * that one server and two agents are on three machines; the load balancer is on the first one. A
 * node that exists stays where it is.
 */
export function placeNodes(
  nodes: readonly NodeDefinition[],
  { machines, placementRules }: Pick<ResolvedConfig, "machines" | "placementRules">,
  { existing }: Pick<Facts, "existing">,
): void {
  const names = machines.map(({ name }) => name);
  const [first] = names;
  if (first === undefined) return;
  for (const [index, node] of nodes.filter(runsK3s).entries())
    node.machine = names[index % names.length];
  for (const node of nodes) node.machine ??= first;
  for (const { filter, machine } of placementRules) {
    for (const [index, node] of placedBy(filter, nodes).entries())
      node.machine = machine === SPREAD ? names[index % names.length] : machine;
  }
  for (const node of nodes) node.machine = existing?.machines[node.name] ?? node.machine;
}

/**
 * The nodes, with a label on servers and load balancer that tells where all of them are: what is
 * known of a machine that does not answer.
 *
 * @param options.everywhere put it on agents too: those that are added later tell at least of each other
 */
export function withPlacement(
  cluster: string,
  nodes: DesiredNode[],
  { everywhere = false }: { everywhere?: boolean } = {},
): DesiredNode[] {
  const placed = nodes.flatMap(({ name, spec }) => {
    const machine = spec.labels[LABELS.machine];
    return machine === undefined ? [] : [{ name, machine }];
  });
  if (placed.length === 0) return nodes;
  const label = formatPlacement(cluster, placed);
  return nodes.map((node) => {
    if (!everywhere && node.role !== "server" && node.role !== "loadbalancer") return node;
    const labels = { ...node.spec.labels, [LABELS.placement]: label };
    return { ...node, spec: { ...node.spec, labels } };
  });
}

/**
 * Where further nodes go; nothing in a cluster on one machine.
 *
 * @throws `INVALID_INPUT` for a machine that the cluster is not on.
 */
export function machinesFor(
  { names, role, machine }: { names: readonly string[]; role: Role; machine?: string },
  nodes: readonly DesiredNode[],
): string[] {
  const counts = new Map<string, number>();
  for (const node of nodes) {
    const { labels } = node.spec;
    for (const { machine: other } of parsePlacement("", labels[LABELS.placement]))
      counts.set(other, counts.get(other) ?? 0);
    const own = labels[LABELS.machine];
    if (own !== undefined) counts.set(own, (counts.get(own) ?? 0) + (node.role === role ? 1 : 0));
  }
  if (machine !== undefined && !counts.has(machine)) {
    throw new K3dError(
      "INVALID_INPUT",
      `The cluster has no node on a machine called '${machine}'`,
      {
        hint:
          counts.size === 0
            ? "It is on one machine: leave --machine out."
            : `It is on: ${[...counts.keys()].join(", ")}.`,
      },
    );
  }
  if (counts.size === 0) return [];
  return names.map(() => {
    const [least] = [...counts].toSorted(([, a], [, b]) => a - b);
    const chosen = machine ?? least?.[0] ?? "";
    counts.set(chosen, (counts.get(chosen) ?? 0) + 1);
    return chosen;
  });
}
