import type { ResolvedConfig } from "../../config/resolved-config.js";
import { K3dError } from "../../errors/index.js";
import type { KubeconfigStore } from "../../kubeconfig/file.js";
import type { NodeView } from "../../node/views.js";
import { listNodes } from "../../observe/nodes.js";
import type { DesiredCluster } from "../../plan/desired.js";
import type { PortBinding } from "../../runtime/container-spec.js";
import type { Collaborators } from "../../steps/world.js";
import type { OperationOptions } from "../options.js";

/** Looks before anything is made whether this cluster can be made here. */
export async function checkBeforeCreate(
  config: ResolvedConfig,
  deps: Collaborators,
  options: OperationOptions,
): Promise<void> {
  const { name } = config.metadata;
  checkNetworkName(config.network, await defaultNetwork(config, deps, options));
  const { update } = {
    update: config.options.kubeconfig.updateDefaultKubeconfig,
  };
  const [elsewhere] = await Promise.all([
    deps.settings.otherClusters?.(),
    update ? checkKubeconfig(deps.kubeconfigStore, options) : undefined,
  ]);
  if (elsewhere?.has(name) === true) {
    throw new K3dError("ALREADY_EXISTS", `Cluster '${name}' exists already, on another runtime`, {
      hint: "Both would be the same kubeconfig context: choose another name, or delete that one first.",
    });
  }
}

/** Whether the host ports that were asked for are free, and if not, whose they are. */
export async function checkHostPorts(
  { nodes }: Pick<DesiredCluster, "nodes">,
  changed: ReadonlySet<string>,
  deps: Collaborators,
  options: OperationOptions,
): Promise<void> {
  const { settings, runtime } = deps;
  if (settings.isPortFree === undefined || !(await runtime.capabilities).localBindMounts) return;
  const wanted = nodes.filter(({ name }) => changed.has(name)).flatMap(({ spec }) => spec.ports);
  for (const port of wanted) {
    if (port.hostPort === undefined || port.protocol === "sctp") continue;
    if (await settings.isPortFree(port.hostPort, port.hostIp, port.protocol)) continue;
    throw await portTaken(port, changed, deps, options);
  }
}

async function portTaken(
  { hostPort, protocol }: PortBinding,
  own: ReadonlySet<string>,
  { runtime, settings }: Collaborators,
  options: OperationOptions,
): Promise<K3dError> {
  const publishes = ({ ports }: Pick<NodeView, "ports">): boolean =>
    ports.some((port) => port.hostPort === hostPort && port.protocol === protocol);
  const nodes = (await listNodes(runtime, options)).filter(({ name }) => !own.has(name));
  const node = nodes.find(publishes);
  const container =
    node === undefined ? (await runtime.containers.list(options)).find(publishes) : undefined;
  const owner =
    node !== undefined
      ? `${node.name}${node.cluster === undefined ? "" : ` of cluster ${node.cluster}`}`
      : container !== undefined
        ? `container ${container.name}`
        : await settings.portOwner?.(hostPort ?? 0, protocol === "udp" ? "udp" : "tcp");
  return new K3dError(
    "PORT_IN_USE",
    `Host port ${hostPort}/${protocol} is taken${owner === undefined ? "" : `: ${owner} has it`}`,
    { hint: "Choose another host port, or leave it out and k3d picks one that is free." },
  );
}

async function checkKubeconfig(store: KubeconfigStore, options: OperationOptions): Promise<void> {
  await store.check(store.defaultPath, options);
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
      ? "it is no network at all"
      : "containers on it do not know each other's names";
  throw new K3dError("INVALID_INPUT", `A cluster cannot be on network '${network}': ${why}`, {
    hint: "Leave --network out to get one for the cluster, or name one that you made.",
  });
}
