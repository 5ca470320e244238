import type { StepContext } from "../events/step-context.js";
import { isKubernetesNode, registeredName } from "../node/kubernetes-node.js";
import type { NodeView } from "../node/views.js";
import type { ContainerInfo } from "../runtime/containers.js";
import { everySecond, until, type ExpectedNode, type ReadinessDeps } from "./cluster-ready.js";
import type { KubeClient } from "./kube-client.js";
import { nodeLeases } from "./leases.js";
import { JOINING, NodeWatch, type RestartTolerance } from "./node-watch.js";

export type AwaitedNode = Pick<NodeView, "id" | "role">;

/** A node that is waited for. */
export interface Awaited {
  /** Absent for a server without one, `--disable-agent`. */
  kubernetesNode: string | undefined;
  container: string;
  since: Date;
  addresses: readonly string[];
}

/** Resolves once every node has renewed its lease since its container started. */
export async function waitForLeases(
  client: KubeClient,
  nodes: readonly AwaitedNode[],
  deps: ReadinessDeps,
  signal: AbortSignal,
  progress: StepContext["progress"],
): Promise<ExpectedNode[]> {
  const all = await Promise.all(nodes.map((node) => awaited(node, deps, signal)));
  const expected = all.flatMap(({ kubernetesNode, ...rest }) =>
    kubernetesNode === undefined ? [] : [{ ...rest, kubernetesNode }],
  );
  const alive = aliveCheck(containersOf(expected), JOINING, deps, signal);
  let told = -1;
  await until(deps.clock, signal, async () => {
    await alive();
    const leases = await leasesOf(client, signal);
    const back = expected.filter((node) => isBack(node, leases));
    if (back.length !== told)
      progress(
        `${back.length} of ${expected.length} nodes take part`,
        back.length,
        expected.length,
      );
    told = back.length;
    return back.length === expected.length ? true : undefined;
  });
  return expected.map(({ container, kubernetesNode }) => ({
    container,
    kubernetesNode,
    tolerance: JOINING,
  }));
}

export const leasesOf = (client: KubeClient, signal: AbortSignal): Promise<Map<string, Date>> =>
  nodeLeases(client, signal).catch(() => new Map<string, Date>());

export const isBack = (
  { kubernetesNode, since }: Awaited,
  leases: ReadonlyMap<string, Date>,
): boolean =>
  kubernetesNode !== undefined &&
  [...leases].some(([node, renewed]) => isKubernetesNode(kubernetesNode, node) && renewed >= since);

export async function awaited(
  { id, role }: AwaitedNode,
  { runtime }: ReadinessDeps,
  signal: AbortSignal,
): Promise<Awaited> {
  const info = await runtime.containers.inspect(id, { signal });
  const kubernetesNode = registeredName(role, info);
  const since = info.startedAt ?? new Date(0);
  return { kubernetesNode, container: info.name, since, addresses: networkAddresses(info) };
}

const networkAddresses = ({ networks }: ContainerInfo): string[] =>
  networks
    .flatMap(({ ipv4Address, ipv6Address }) => [ipv4Address, ipv6Address])
    .filter((address) => address !== undefined);

/** Sees once a second, when it is called, whether containers live: see {@link NodeWatch}. */
export function aliveCheck(
  containers: readonly string[],
  tolerance: RestartTolerance,
  { runtime, clock }: ReadinessDeps,
  signal: AbortSignal,
): () => Promise<void> {
  const watch = new NodeWatch(runtime);
  return everySecond(clock, async () => {
    await Promise.all(containers.map((container) => watch.check(container, tolerance, signal)));
  });
}

const containersOf = (nodes: readonly Awaited[]): string[] =>
  nodes.map(({ container }) => container);
