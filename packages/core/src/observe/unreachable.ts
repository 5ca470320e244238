import { K3dError } from "../errors/index.js";
import { parsePlacement } from "../machines/placement.js";
import { LABELS } from "../model/labels.js";
import { runsK3s, type Role } from "../model/roles.js";
import type { NodeView } from "../node/views.js";
import type { ContainerRuntime } from "../runtime/runtime.js";

/**
 * For lists: these nodes, and those that labels of their clusters place on machines which do not
 * answer or are not known here. Of nodes that were added later and are all out of reach nothing is
 * known.
 */
export function withUnreachable(
  nodes: readonly NodeView[],
  { name: runtime, machines = [] }: Pick<ContainerRuntime, "name" | "machines">,
): NodeView[] {
  const reached = new Set(machines.filter(({ reachable }) => reachable).map(({ name }) => name));
  const known = new Set(nodes.map(({ name }) => name));
  const missing = new Map<string, NodeView>();
  for (const { cluster, labels, image, created } of nodes) {
    if (cluster === undefined) continue;
    for (const { name, machine } of parsePlacement(cluster, labels[LABELS.placement])) {
      if (known.has(name) || reached.has(machine)) continue;
      const role = roleIn(cluster, name);
      missing.set(name, {
        name,
        role,
        cluster,
        status: "unreachable",
        machine,
        runtime,
        id: `${machine}/${name}`,
        image: runsK3s({ role }) ? image : "",
        created,
        ports: [],
        networks: [],
        initServer: false,
        labels: { [LABELS.cluster]: cluster, [LABELS.role]: role, [LABELS.machine]: machine },
      });
    }
  }
  return missing.size === 0 ? [...nodes] : [...nodes, ...missing.values()].toSorted(byCluster);
}

/**
 * Whether a cluster is on machines that this command was not told how to reach: it sees a part of
 * it, which must not be taken for the whole.
 *
 * @throws `INVALID_INPUT`
 */
export function requireKnownMachines(
  cluster: string,
  nodes: readonly NodeView[],
  { machines = [] }: Pick<ContainerRuntime, "machines">,
): void {
  const own = nodes.filter((node) => node.cluster === cluster);
  const all = own.flatMap(({ machine, labels }) => [
    ...(machine === undefined ? [] : [machine]),
    ...parsePlacement(cluster, labels[LABELS.placement]).map((placed) => placed.machine),
  ]);
  const unknown = new Set(all.filter((name) => !machines.some((known) => known.name === name)));
  if (unknown.size === 0) return;
  const names = [...new Set(all)];
  throw new K3dError(
    "INVALID_INPUT",
    `Cluster '${cluster}' is on several machines, and how to reach ${[...unknown].join(", ")} is not known here`,
    {
      hint: `Name them all, e.g. K3D_MACHINES="${names.map((name) => `${name}=CONTEXT`).join(",")}", and run the same command again.`,
      details: { machines: names },
    },
  );
}

/** Nodes that were added by hand have names of their own: nearly all are agents. */
function roleIn(cluster: string, name: string): Role {
  const rest = name.slice(`k3d-${cluster}-`.length);
  if (rest.startsWith("server-")) return "server";
  if (rest === "serverlb") return "loadbalancer";
  return rest === "registry" ? "registry" : "agent";
}

/** The order within a cluster stays: those that are missing come last. */
const byCluster = (a: Pick<NodeView, "cluster">, b: Pick<NodeView, "cluster">): number =>
  a.cluster === b.cluster ? 0 : (a.cluster ?? "\uffff") < (b.cluster ?? "\uffff") ? -1 : 1;
