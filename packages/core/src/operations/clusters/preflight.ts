import type { ResolvedConfig } from "../../config/resolved-config.js";
import { K3dError, abortable, isK3dError, together } from "../../errors/index.js";
import { networkName } from "../../model/names.js";
import type { NodeView } from "../../node/views.js";
import { listNodes } from "../../observe/nodes.js";
import type { Change } from "../../plan/change.js";
import type { DesiredCluster } from "../../plan/desired.js";
import type { PortBinding } from "../../runtime/container-spec.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import { reachableAddress, sharesHostPort } from "../../runtime/host-ports.js";
import { lacksCapability } from "../../runtime/capability-needs.js";
import { overlaps, parseSubnet } from "../../runtime/subnet.js";
import type { Collaborators } from "../../steps/world.js";
import type { OperationOptions } from "../options.js";

/** One part of the look before a creation: rejects with what makes it fail. */
export type CreationCheck = (
  config: ResolvedConfig,
  deps: Collaborators,
  options: OperationOptions,
) => Promise<void>;

/** What can keep a cluster from being created here, besides its host ports; `k3d doctor` looks at it as well. */
export const CREATION_CHECKS = {
  network: async (config, deps, options) =>
    checkNetworkName(config.network, await defaultNetwork(config, deps, options)),
  name: checkName,
  kubeconfig: async (config, { kubeconfigStore }, options) => {
    if (config.options.kubeconfig.updateDefaultKubeconfig)
      await kubeconfigStore.check(kubeconfigStore.defaultPath, options);
  },
  subnet: checkSubnet,
} as const satisfies Record<string, CreationCheck>;

/** Looks before anything is made whether this cluster can be made here. */
export async function checkBeforeCreate(
  config: ResolvedConfig,
  deps: Collaborators,
  options: OperationOptions,
): Promise<void> {
  const { network, ...others } = CREATION_CHECKS;
  await network(config, deps, options);
  await together(
    Object.values(others).map(
      (check) => (signal: AbortSignal) => check(config, deps, { ...options, signal }),
    ),
    options.signal,
  );
}

/** Whether a cluster of the name is on another runtime. */
async function checkName(
  { metadata: { name } }: ResolvedConfig,
  deps: Collaborators,
  { signal }: OperationOptions,
): Promise<void> {
  const others = await abortable(Promise.resolve(deps.settings.otherClusters?.()), signal);
  const taken = others?.get(name);
  if (taken === undefined) return;
  throw new K3dError("ALREADY_EXISTS", `Cluster '${name}' exists already, on ${taken}`, {
    hint: "Both would be the same kubeconfig context: choose another name, or delete that one first.",
  });
}

/** Looks before anything is touched whether a cluster that is there can be changed so. */
export async function checkBeforeChange(
  desired: DesiredCluster,
  changes: readonly Change[],
  deps: Collaborators,
  options: OperationOptions,
): Promise<void> {
  const { runtime } = deps;
  const replaces = changes.some(({ action }) => action === "replace" || action === "rename");
  if (replaces && !(await runtime.capabilities).rename)
    throw lacksCapability("rename", runtime.name);
  await checkHostPorts(desired, made(changes), deps, options);
}

/** Containers that are made by these changes, and have no port yet. */
function made(changes: readonly Change[]): ReadonlySet<string> {
  return new Set(changes.filter(({ action }) => action === "create").map(({ name }) => name));
}

/** Whether the host ports that were asked for are free, and if not, whose the first one is. */
export async function checkHostPorts(
  desired: Pick<DesiredCluster, "nodes">,
  changed: ReadonlySet<string>,
  deps: Collaborators,
  options: OperationOptions,
): Promise<void> {
  for await (const taken of takenHostPorts(desired, changed, deps, options)) throw taken;
}

/** Each host port that was asked for and is not free, with whose it is; none where that cannot be told. */
export async function* takenHostPorts(
  { nodes }: Pick<DesiredCluster, "nodes">,
  changed: ReadonlySet<string>,
  deps: Collaborators,
  options: OperationOptions,
): AsyncGenerator<K3dError> {
  const wanted = nodes
    .filter(({ name }) => changed.has(name))
    .flatMap(({ spec }) => spec.ports)
    .filter(({ hostPort }) => hostPort !== undefined);
  if (wanted.length === 0) return;
  const isFree = await portCheck(changed, deps, options);
  for (const port of wanted)
    if (!(await isFree(port))) yield await portTaken(port, changed, deps, options);
}

type PortCheck = (port: PortBinding) => Promise<boolean>;

/** How it is told whether a host port is free: on this machine by trying it, on another one by asking there. */
async function portCheck(
  own: ReadonlySet<string>,
  { settings, runtime }: Collaborators,
  options: OperationOptions,
): Promise<PortCheck> {
  const here = (await runtime.capabilities).localBindMounts;
  if (here) {
    return async ({ hostPort = 0, hostIp, protocol }) =>
      protocol === "sctp" || (await settings.isPortFree?.(hostPort, hostIp, protocol)) !== false;
  }
  const others = (await runtime.containers.list(options)).filter(
    ({ name, status }) => status === "running" && !own.has(name),
  );
  return async (port) =>
    !others.some(({ ports }) => ports.some((taken) => sharesHostPort(taken, port))) &&
    !(await isListened(port, runtime, options));
}

/** Whether a process of the engine's machine listens there; `false` where that cannot be told. */
async function isListened(
  { hostPort: port = 0, hostIp, protocol }: PortBinding,
  runtime: ContainerRuntime,
  options: OperationOptions,
): Promise<boolean> {
  if (protocol !== "tcp" || runtime.dial === undefined) return false;
  try {
    (await runtime.dial({ host: reachableAddress(hostIp), port }, options)).destroy();
    return true;
  } catch (error) {
    if (isK3dError(error, "ABORTED")) throw error;
    return false;
  }
}

async function portTaken(
  wanted: PortBinding,
  own: ReadonlySet<string>,
  { runtime, settings }: Collaborators,
  options: OperationOptions,
): Promise<K3dError> {
  const { hostPort, protocol } = wanted;
  const here = (await runtime.capabilities).localBindMounts;
  const publishes = ({ ports }: Pick<NodeView, "ports">): boolean =>
    ports.some((port) => sharesHostPort(port, wanted));
  const nodes = (await listNodes(runtime, options)).filter(({ name }) => !own.has(name));
  const node = nodes.find(publishes);
  const container =
    node === undefined ? (await runtime.containers.list(options)).find(publishes) : undefined;
  const owner =
    node !== undefined
      ? `${node.name}${node.cluster === undefined ? "" : ` of cluster ${node.cluster}`}`
      : container !== undefined
        ? `container ${container.name}`
        : here
          ? await settings.portOwner?.(hostPort ?? 0, protocol === "udp" ? "udp" : "tcp")
          : undefined;
  return new K3dError(
    "PORT_IN_USE",
    `Host port ${hostPort}/${protocol} is taken${owner === undefined ? "" : ` by ${owner}`}`,
    { hint: "Choose another host port, or leave it out and k3d picks one that is free." },
  );
}

/** Whether the subnets that were asked for are free, and if not, whose the first one is. */
async function checkSubnet(
  { subnets: { ipv4, ipv6 }, network, metadata }: ResolvedConfig,
  { runtime }: Collaborators,
  options: OperationOptions,
): Promise<void> {
  const wanted = [ipv4, ipv6].filter((subnet) => subnet !== undefined);
  if (wanted.length === 0 || network !== undefined) return;
  const own = networkName(metadata.name);
  for (const { name, subnets } of await runtime.networks.list(options)) {
    if (name === own) continue;
    for (const subnet of wanted) {
      const other = subnets.find((taken) =>
        overlaps(parseSubnet(subnet), parseSubnet(taken.subnet)),
      );
      if (other === undefined) continue;
      throw new K3dError(
        "NETWORK_IN_USE",
        `Subnet ${subnet} is taken: network '${name}' has ${other.subnet}`,
        {
          hint: "Choose another one with --subnet, or leave it out and one that is free is picked.",
        },
      );
    }
  }
}

async function defaultNetwork(
  { network }: ResolvedConfig,
  { runtime }: Collaborators,
  options: OperationOptions,
): Promise<string | undefined> {
  return network === undefined ? undefined : (await runtime.info(options)).defaultNetwork;
}

/** Engines have a network that everything joins which names none, and on which nothing has a name. */
function checkNetworkName(network: string | undefined, unnamed: string | undefined): void {
  if (network === undefined || (network !== "none" && network !== unnamed)) return;
  const why =
    network === "none"
      ? "it is not a real network"
      : "containers on it cannot find each other by name";
  throw new K3dError("INVALID_INPUT", `A cluster cannot be on network '${network}': ${why}`, {
    hint: "Leave --network out to get one for the cluster, or name one that you made.",
  });
}
