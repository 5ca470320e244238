import { LABELS } from "../model/labels.js";
import { isAside } from "../model/names.js";
import { runsK3s } from "../model/roles.js";
import type { Change } from "./change.js";
import { apiText, counted, namesText, nodeText } from "./describe.js";
import type { DesiredCluster, DesiredNode } from "./desired.js";
import { nodeDifferences } from "./differences.js";
import { type LiveDrift, liveUpdate, registryDisconnections } from "./live-drift.js";
import type { ClusterMembers, ObservedCluster, ObservedNode } from "./observed.js";

/**
 * What has to be done so that the cluster is as it shall be, in an order that
 * reads well; what may happen at once is the steps' business. Pure.
 *
 * Creating is reconciling with nothing, deleting is reconciling to nothing.
 *
 * @param drift of what nodes keep in files, where it is compared; otherwise they keep it.
 */
export function reconcile(desired: undefined, observed: ClusterMembers): Change[];
export function reconcile(
  desired: DesiredCluster,
  observed: ObservedCluster | undefined,
  drift?: LiveDrift,
): Change[];
export function reconcile(
  ...[desired, observed, drift]:
    | [desired: undefined, observed: ClusterMembers]
    | [desired: DesiredCluster, observed: ObservedCluster | undefined, drift?: LiveDrift]
): Change[] {
  if (desired === undefined) return removals(observed);
  return [
    ...imageChanges(desired, observed),
    ...networkChanges(desired, observed),
    ...volumeChanges(desired, observed),
    ...(observed === undefined ? desired.directories : []).map((name): Change => ({
      action: "create",
      kind: "directory",
      name,
      causes: [],
    })),
    ...desired.nodes.flatMap((node) => nodeChanges(node, desired, observed, drift)),
    ...surplus(desired, observed),
    ...registryChanges(desired, observed),
    ...(drift === undefined ? [] : registryDisconnections(drift)),
    ...forwardChanges(desired, observed),
    ...(observed === undefined ? [apiChange(desired)] : []),
  ];
}

function imageChanges(desired: DesiredCluster, observed: ObservedCluster | undefined): Change[] {
  const present = new Set(observed?.nodes.map(({ name, image }) => `${name} ${image}`));
  return desired.images.flatMap(({ reference, usedBy }): Change[] => {
    const needing = usedBy.filter((name) => !present.has(`${name} ${reference}`));
    if (needing.length === 0) return [];
    const details = `for ${counted(needing.length, "node")}`;
    return [{ action: "get", kind: "image", name: reference, causes: [], details }];
  });
}

function networkChanges(
  { network }: DesiredCluster,
  observed: ObservedCluster | undefined,
): Change[] {
  const { name, action, subnet, ipv6 } = network;
  const subnets = [subnet, ipv6?.subnet].filter((cidr) => cidr !== undefined);
  const details = { details: subnets.length === 0 ? undefined : subnets.join(", ") };
  if (action === "host") {
    return observed === undefined
      ? [{ action: "use", kind: "network", name, causes: [], details: "the host's own" }]
      : [];
  }
  if (observed === undefined) return [{ action, kind: "network", name, causes: [], ...details }];
  return observed.network === undefined
    ? [{ action: "create", kind: "network", name, causes: ["it is missing"], ...details }]
    : [];
}

function volumeChanges(
  { volumes }: DesiredCluster,
  observed: ObservedCluster | undefined,
): Change[] {
  return volumes.flatMap(({ name, action }): Change[] => {
    if (observed === undefined) return [{ action, kind: "volume", name, causes: [] }];
    if (action === "use" || observed.ownVolumes.includes(name)) return [];
    return [{ action, kind: "volume", name, causes: ["it is missing"] }];
  });
}

function nodeChanges(
  node: DesiredNode,
  desired: DesiredCluster,
  observed: ObservedCluster | undefined,
  drift: LiveDrift | undefined,
): Change[] {
  const { name, role: kind } = node;
  const details = nodeText(node);
  const create: Change = { action: "create", kind, name, causes: [], details };
  if (observed === undefined) return [create];
  const found = observed.nodes.find((candidate) => candidate.name === name);
  if (found !== undefined) return presentChanges(node, desired, found, observed, drift);
  const renamed = renamedNode(node, desired, observed);
  if (renamed === undefined) return [{ ...create, causes: ["it is missing"] }];
  return [
    { action: "rename", kind, name, causes: [`it is named ${renamed.name}`] },
    ...presentChanges(node, desired, { ...renamed, name }, observed, drift),
  ];
}

function presentChanges(
  node: DesiredNode,
  desired: DesiredCluster,
  found: ObservedNode,
  observed: ObservedCluster,
  drift: LiveDrift | undefined,
): Change[] {
  const { role: kind, name } = node;
  const differences = nodeDifferences(node, found);
  const live = drift?.nodes.get(name);
  if (differences.length > 0) {
    const causes = [
      ...differences,
      ...(live?.causes ?? []),
      ...stateChanges(found, name).flatMap((change) => change.causes),
    ];
    return [{ action: "replace", kind, name, causes, disturbs: disturbedBy(found, observed) }];
  }
  return [
    ...attachmentChanges(node, desired, found, observed),
    ...liveUpdate(node, found, live),
    ...stateChanges(found, name),
  ];
}

/** A container of this cluster that somebody gave another name; its host name still tells which it was. */
function renamedNode(
  { name, role }: DesiredNode,
  desired: DesiredCluster,
  observed: ObservedCluster,
): ObservedNode | undefined {
  if (observed.nodes.some((node) => node.name === name)) return undefined;
  return observed.nodes.find(
    (candidate) =>
      candidate.role === role &&
      candidate.info.hostname === name &&
      !desired.nodes.some((node) => node.name === candidate.name),
  );
}

function attachmentChanges(
  node: DesiredNode,
  { network, registries }: DesiredCluster,
  found: ObservedNode,
  observed: ObservedCluster,
): Change[] {
  // A registry may have been taken off a network that is there for good.
  const isAsked = node.role !== "registry" || registries.create?.name === node.name;
  if (!isAsked && observed.network !== undefined) return [];
  if (network.action === "host" || found.networks.includes(network.name)) return [];
  const cause =
    observed.network === undefined ? "its network is made again" : "it was disconnected";
  return [
    {
      action: "connect",
      kind: node.role,
      name: node.name,
      causes: [cause],
      details: `network ${network.name}`,
    },
  ];
}

/** What brings a container to run. */
export function stateChanges({ role: kind, status }: ObservedNode, name: string): Change[] {
  if (status === "running" || status === "restarting") return [];
  const action = status === "paused" ? "unpause" : "start";
  return [{ action, kind, name, causes: [`it is ${status}`] }];
}

function disturbedBy(node: ObservedNode, observed: ObservedCluster): string {
  if (node.role === "loadbalancer") return "connections through the load balancer";
  if (node.role === "registry") return "pulls and pushes";
  const servers = observed.nodes.filter(({ role }) => role === "server").length;
  return node.role === "server" && servers === 1
    ? "the API and the node's pods"
    : "the node's pods";
}

/** Nodes that are there and shall not be. Registries that were made with the cluster stay: images are in them. */
function surplus(desired: DesiredCluster, observed: ObservedCluster | undefined): Change[] {
  const names = new Set(desired.nodes.map(({ name }) => name));
  return (observed?.nodes ?? [])
    .filter(
      (node) =>
        !names.has(node.name) &&
        node.role !== "registry" &&
        !desired.nodes.some(
          (wanted) => observed !== undefined && renamedNode(wanted, desired, observed) === node,
        ),
    )
    .map(({ name, role }): Change => {
      const removal = { action: "remove", kind: role, name } as const;
      if (isAside(name)) return { ...removal, causes: ["another one has taken its place"] };
      const disturbs = runsK3s({ role }) ? "the node's pods" : "connections through it";
      return { ...removal, causes: ["it is no longer wanted"], disturbs };
    });
}

function registryChanges(
  { registries, network }: DesiredCluster,
  observed: ObservedCluster | undefined,
): Change[] {
  return registries.use.flatMap(({ name, externalPort, internalPort }): Change[] => {
    const connected = observed?.network?.containers.some((container) => container.name === name);
    if (connected === true || network.action === "host") return [];
    const details =
      externalPort === undefined ? `port ${internalPort}` : `port ${externalPort} of the host`;
    return [{ action: "connect", kind: "registry", name, causes: [], details }];
  });
}

/** What the load balancer forwards; a new container of it gets all at once. */
function forwardChanges(
  { loadBalancer }: DesiredCluster,
  observed: ObservedCluster | undefined,
): Change[] {
  const found = observed?.loadBalancer?.ports ?? {};
  const wanted = loadBalancer?.ports ?? {};
  const text = (port: string): string => port.replace(".", "/");
  const changes = Object.entries(wanted).flatMap(([port, nodes]): Change[] => {
    const before = found[port];
    const details = `to ${namesText(nodes)}`;
    if (before === undefined)
      return [{ action: "create", kind: "forward", name: text(port), causes: [], details }];
    if (before.toSorted().join() === nodes.toSorted().join()) return [];
    return [
      {
        action: "update",
        kind: "forward",
        name: text(port),
        causes: [`it goes to ${namesText(before)}`],
        details,
      },
    ];
  });
  const gone = Object.keys(found)
    .filter((port) => !(port in wanted))
    .map((port): Change => ({ action: "remove", kind: "forward", name: text(port), causes: [] }));
  return [...changes, ...gone];
}

function apiChange({ api }: DesiredCluster): Change {
  const details = api.publishedBy === undefined ? {} : { details: `on ${api.publishedBy}` };
  return { action: "publish", kind: "api", name: apiText(api), causes: [], ...details };
}

function removals({ nodes, ownNetworks, ownVolumes }: ClusterMembers): Change[] {
  return [
    ...nodes.map(({ role, name, networks, labels }): Change => {
      const elsewhere = role === "registry" ? usedElsewhere(networks, labels, ownNetworks) : [];
      if (elsewhere.length === 0) return { action: "remove", kind: role, name, causes: [] };
      const details = `it is also on ${elsewhere.join(", ")}`;
      return { action: "disconnect", kind: role, name, causes: [], details };
    }),
    ...ownNetworks.map(({ name }): Change => ({
      action: "remove",
      kind: "network",
      name,
      causes: [],
    })),
    ...ownVolumes.map((name): Change => ({ action: "remove", kind: "volume", name, causes: [] })),
  ];
}

/** Networks that every engine has, where the Go k3d starts its registries: nobody is served there by name. */
const OF_THE_ENGINE: ReadonlySet<string> = new Set(["bridge", "host", "none", "podman"]);

/** Networks besides the cluster's own that a registry made with it serves: then it is disconnected, not deleted. */
function usedElsewhere(
  networks: readonly string[],
  labels: Readonly<Record<string, string>>,
  ownNetworks: ClusterMembers["ownNetworks"],
): string[] {
  const own = new Set([...ownNetworks.map(({ name }) => name), labels[LABELS.network]]);
  return networks.filter((name) => !own.has(name) && !OF_THE_ENGINE.has(name));
}
