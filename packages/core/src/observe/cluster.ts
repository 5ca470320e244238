import { isK3dError } from "../errors/index.js";
import { LB_VALUES_PATH, type LoadBalancerValues } from "../loadbalancer/values.js";
import { LABELS } from "../model/labels.js";
import type { ClusterView, NodeView } from "../node/views.js";
import { parseFileHashes } from "../plan/files-label.js";
import type { ObservedCluster, ObservedNode } from "../plan/observed.js";
import type { CallOptions } from "../runtime/common.js";
import type { NetworkInfo } from "../runtime/networks.js";
import { readContainerFile } from "../runtime/read-file.js";
import type { ContainerRuntime } from "../runtime/runtime.js";
import { imagesOnce } from "./images.js";
import { observeMembers } from "./members.js";

/**
 * Everything there is of a cluster, read from the engine: of either tool's, whole
 * or in remains. `undefined` when there is nothing.
 *
 * @param all the nodes of all clusters; asked for by default.
 */
export async function observeCluster(
  runtime: ContainerRuntime,
  name: string,
  options: CallOptions = {},
  all?: readonly NodeView[],
): Promise<ObservedCluster | undefined> {
  const members = await observeMembers(runtime, name, options, all);
  if (members === undefined) return undefined;
  const imageOf = imagesOnce(runtime, options);
  const [nodes, network, loadBalancer] = await Promise.all([
    Promise.all(members.nodes.map((node) => observeNode(node, runtime, imageOf, options))),
    networkOf(members.view, runtime, options),
    forwardsOf(members.nodes, runtime, options),
  ]);
  return { ...members, nodes: nodes.flat(), network, loadBalancer };
}

/** Empty where the container went away meanwhile. */
async function observeNode(
  node: NodeView,
  runtime: ContainerRuntime,
  imageOf: ReturnType<typeof imagesOnce>,
  options: CallOptions,
): Promise<ObservedNode[]> {
  try {
    const info = await runtime.containers.inspect(node.id, options);
    const imageEnv = (await imageOf(info.image))?.config.env;
    const files = parseFileHashes(info.labels[LABELS.files]);
    return [
      {
        ...node,
        info,
        imageEnv,
        files,
      },
    ];
  } catch (error) {
    if (isK3dError(error, "NOT_FOUND")) return [];
    throw error;
  }
}

async function networkOf(
  { network }: ClusterView,
  runtime: ContainerRuntime,
  options: CallOptions,
): Promise<NetworkInfo | undefined> {
  if (network.name === "" || network.name === "host") return undefined;
  try {
    return await runtime.networks.inspect(network.name, options);
  } catch (error) {
    if (isK3dError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

/** What the load balancer's own file says; nothing where it is broken, which is then written anew. */
async function forwardsOf(
  nodes: readonly NodeView[],
  runtime: ContainerRuntime,
  options: CallOptions,
): Promise<LoadBalancerValues | undefined> {
  const balancer = nodes.find(({ role }) => role === "loadbalancer");
  if (balancer === undefined) return undefined;
  const text = await readContainerFile(runtime, balancer.id, LB_VALUES_PATH, options).catch(
    (error: unknown) => {
      if (isK3dError(error, "NOT_FOUND", "INVALID_INPUT")) return undefined;
      throw error;
    },
  );
  if (text === undefined) return undefined;
  const { parse } = await import("yaml");
  try {
    const value = parse(text) as Partial<LoadBalancerValues> | null;
    return {
      ports: value?.ports ?? {},
      settings: { workerConnections: 1024, defaultProxyTimeout: 600, ...value?.settings },
    };
  } catch {
    return undefined;
  }
}
