import { K3dError } from "../errors/index.js";
import { API_PORT } from "../model/defaults.js";
import { OBJECT_PREFIX, nodeName } from "../model/names.js";
import { kubernetesNodeName } from "../node/kubernetes-node.js";
import type { ClusterContext, NodeDefinition } from "../node/node-definition.js";
import { nodeToSpec } from "../node/node-to-spec.js";
import type { ContainerFile } from "../runtime/container-file.js";
import type { MountSpec, NetworkAttachment, Rlimit } from "../runtime/container-spec.js";
import { addressPools } from "./addresses.js";
import { hasEtcd, variable } from "./cluster-context.js";
import type { DesiredCluster, DesiredNode } from "./desired.js";
import { withForwards } from "./load-balancer-node.js";
import { givenToAll } from "./given-to-all.js";
import type { ObservedCluster } from "./observed.js";
import { machinesFor, withPlacement } from "./place-nodes.js";

/** Nodes to add, alike but for their names. */
export interface AddedNodes {
  names: readonly string[];
  role: "server" | "agent";
  image?: string;
  /** Bytes. */
  memory?: number;
  networks?: readonly string[];
  k3sArgs?: readonly string[];
  k3sNodeLabels?: readonly string[];
  runtimeLabels?: Readonly<Record<string, string>>;
  rlimits?: readonly Rlimit[];
  token?: string;
  /** Where they go, in a cluster over several machines. Default: where the fewest of their role are. */
  machine?: string;
}

/** Variables by which all nodes of a cluster reach the outside. */
const SHARED_VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"] as const;
/** Arguments by which servers share a datastore of the user's, with the values that follow them. */
const DATASTORE = /^--datastore-/;
/** Arguments that k3s wants to be the same on all servers. */
const NETWORKS = /^--(?:cluster|service)-cidr(?:=|$)/;

/**
 * The cluster with further nodes. They get what the cluster says (image, proxy,
 * host names, registries) and what all nodes of their role were given, not what one node happens to have.
 *
 * @param files of a node of this cluster: boot script, registries, authorities.
 * @throws `ALREADY_EXISTS`, `INVALID_INPUT`.
 */
export async function withNodes(
  desired: DesiredCluster,
  observed: ObservedCluster,
  added: AddedNodes,
  context: ClusterContext,
  files: readonly ContainerFile[],
): Promise<DesiredCluster> {
  const first = observed.nodes.find(({ role, initServer }) => role === "server" && initServer);
  const ofFirst = first?.info.spec.process.args ?? [];
  const external = argsLike(DATASTORE, ofFirst);
  const networks = argsLike(NETWORKS, ofFirst);
  if (added.role === "server" && external.length === 0 && !context.clusterInit && !hasEtcd(first))
    throw noEtcd(desired.name);
  const pools = addressPools(desired.network, observed);
  const start = desired.nodes.filter(({ role }) => role === added.role).length;
  const proxy = SHARED_VARIABLES.flatMap((name) => {
    const value = variable(first, name);
    if (value === undefined) return [];
    return [`${name}=${name === "NO_PROXY" ? [value, ...added.names].join(",") : value}`];
  });
  const given = givenToAll(observed, added.role);
  const isProxy = (entry: string): boolean =>
    SHARED_VARIABLES.some((name) => entry.startsWith(`${name}=`));
  const env = [...proxy, ...given.env.filter((entry) => !isProxy(entry))];
  const ofServers = added.role === "server" ? [...external, ...networks] : [];
  const machines = machinesFor(added, desired.nodes);
  const nodes = added.names.map((name, position): DesiredNode => {
    if (desired.nodes.some((node) => node.name === name)) throw exists(name);
    const definition: NodeDefinition = {
      name,
      role: added.role,
      index: start + position,
      image: added.image ?? clusterImage(observed, added.role),
      initServer: false,
      env,
      k3sArgs: [
        ...ofServers.filter((arg) => !given.k3sArgs.includes(arg)),
        ...given.k3sArgs,
        ...(added.k3sArgs ?? []),
      ],
      k3sNodeLabels: [...given.k3sNodeLabels, ...(added.k3sNodeLabels ?? [])],
      runtimeLabels: { ...added.runtimeLabels },
      mounts: given.mounts,
      ports: [],
      memoryLimit: added.memory ?? given.memoryLimit,
      rlimits: merged(given.rlimits, added.rlimits ?? []),
      gpus: given.gpus,
      hostPid: given.hostPid,
      files: [],
      address: pools.ipv4?.take(),
      ipv6Address: pools.ipv6?.take(),
      machine: machines[position],
    };
    const joining =
      external.length > 0 ? { ...context, clusterInit: false } : { ...context, clusterInit: true };
    const token = added.token ?? context.token;
    const spec = nodeToSpec(definition, { ...joining, token });
    const further = (added.networks ?? []).map((network): NetworkAttachment => ({ name: network }));
    const kubernetesNode = kubernetesNodeName(definition);
    return {
      name,
      role: added.role,
      index: definition.index,
      initServer: false,
      spec: { ...spec, networks: [...spec.networks, ...further] },
      // What is mounted there is the user's own, and has it already.
      files: files.filter(({ path }) => !isMounted(path, given.mounts)),
      kubernetesNode,
    };
  });
  return forwardedTo(
    {
      ...desired,
      nodes: [...desired.nodes, ...withPlacement(desired.name, nodes, { everywhere: true })],
      images: [...new Set(nodes.map(({ spec }) => spec.image))].map((reference) => ({
        reference,
        usedBy: nodes.filter(({ spec }) => spec.image === reference).map(({ name }) => name),
      })),
    },
    nodes,
  );
}

/** Whatever goes to every node of a role goes to the new ones of that role as well. */
async function forwardedTo(
  desired: DesiredCluster,
  fresh: readonly DesiredNode[],
): Promise<DesiredCluster> {
  const { loadBalancer: values } = desired;
  const [sample] = fresh;
  if (values === undefined || sample === undefined) return desired;
  const names = fresh.map(({ name }) => name);
  const others = desired.nodes
    .filter(({ role, name }) => role === sample.role && !names.includes(name))
    .map(({ name }) => name);
  const ports = Object.fromEntries(
    Object.entries(values.ports).map(([key, targets]) => {
      const isApi = key === `${API_PORT}.tcp`;
      const all = isApi
        ? sample.role === "server"
        : others.length > 0 && others.every((name) => targets.includes(name));
      return [key, all ? [...targets, ...names] : targets];
    }),
  );
  return withForwards(desired, { ...values, ports });
}

/** The cluster without these nodes, and nothing forwarded to them. */
export async function withoutNodes(
  desired: DesiredCluster,
  names: ReadonlySet<string>,
): Promise<DesiredCluster> {
  const nodes = desired.nodes.filter(({ name }) => !names.has(name));
  const rest = { ...desired, nodes };
  const { loadBalancer: values } = desired;
  if (values === undefined || !nodes.some(({ role }) => role === "loadbalancer")) {
    const { loadBalancer: _gone, ...without } = rest;
    return without;
  }
  const ports = Object.fromEntries(
    Object.entries(values.ports).map(([key, targets]) => [
      key,
      targets.filter((target) => !names.has(target)),
    ]),
  );
  return withForwards(rest, { ...values, ports });
}

/** `k3d-NAME-0` and so on; `server` and `agent` go on counting in the cluster's own names. */
export function addedNames(name: string, replicas: number): string[] {
  return Array.from({ length: replicas }, (_, index) => `${OBJECT_PREFIX}-${name}-${index}`);
}

/** Names for nodes of a role that go on where the cluster's own end. */
export function nextNames(
  cluster: string,
  role: "server" | "agent",
  taken: readonly { name: string }[],
  count: number,
): string[] {
  const names = new Set(taken.map(({ name }) => name));
  const found: string[] = [];
  for (let index = 0; found.length < count; index++) {
    const name = nodeName(cluster, role, index);
    if (!names.has(name)) found.push(name);
  }
  return found;
}

function clusterImage({ nodes }: ObservedCluster, role: "server" | "agent"): string {
  const of = (wanted: string): string | undefined =>
    nodes.find((node) => node.role === wanted)?.image;
  return of(role) ?? of("server") ?? of("agent") ?? "";
}

function isMounted(path: string, mounts: readonly MountSpec[]): boolean {
  return mounts.some(
    ({ destination }) => path === destination || path.startsWith(`${destination}/`),
  );
}

/** Each with its value as one word. */
function argsLike(name: RegExp, args: readonly string[]): string[] {
  return args.flatMap((arg, position) => {
    if (!name.test(arg)) return [];
    const next = args[position + 1];
    return arg.includes("=") || next === undefined ? [arg] : [`${arg}=${next}`];
  });
}

/** A limit that is asked for takes the place of one that all have. */
function merged(given: readonly Rlimit[], asked: readonly Rlimit[]): Rlimit[] {
  return [...given.filter(({ type }) => !asked.some((limit) => limit.type === type)), ...asked];
}

function exists(name: string): K3dError {
  return new K3dError("ALREADY_EXISTS", `Node '${name}' exists already`, {
    hint: "Choose another name, or delete that node first with: k3d node delete",
  });
}

function noEtcd(cluster: string): K3dError {
  return new K3dError(
    "INVALID_INPUT",
    `Cluster '${cluster}' has one server with a datastore of its own, which no other server can join`,
    {
      hint: "Create the cluster with --servers 3, or with --k3s-arg '--cluster-init@server:0', to add servers later. Agents can be added: --role agent.",
    },
  );
}
