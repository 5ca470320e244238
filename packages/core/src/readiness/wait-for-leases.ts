import type { StepContext } from "../events/step-context.js";
import { isKubernetesNode, kubernetesNodeName } from "../node/kubernetes-node.js";
import type { NodeView } from "../node/views.js";
import type { ContainerInfo } from "../runtime/containers.js";
import { apiAddresses } from "./api-addresses.js";
import { everySecond, until, type ExpectedNode, type ReadinessDeps } from "./cluster-ready.js";
import type { KubeClient } from "./kube-client.js";
import { nodeLeases } from "./leases.js";
import { JOINING, NodeWatch } from "./node-watch.js";

type AwaitedNode = Pick<NodeView, "id" | "role">;

/** A node whose lease is waited for. */
interface Awaited {
  kubernetesNode: string;
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
  const expected = (await Promise.all(nodes.map((node) => inspect(node, deps, signal)))).flat();
  const alive = aliveCheck(expected, deps, signal);
  let told = -1;
  await until(deps.clock, signal, async () => {
    await alive();
    const leases = await leasesOf(client, signal);
    const back = expected.filter((node) => isBack(node, leases));
    if (back.length !== told)
      progress(`${back.length} of ${expected.length} nodes are back`, back.length, expected.length);
    told = back.length;
    return back.length === expected.length ? true : undefined;
  });
  return expected.map(({ container, kubernetesNode }) => ({
    container,
    kubernetesNode,
    tolerance: JOINING,
  }));
}

/**
 * Resolves once a server that joins votes in etcd, so that the next one can come: its API has begun to
 * answer, for which it waits until it is a voter, or its node has renewed its lease. The first comes some
 * seconds earlier, and is not seen where the API has no address of its own at the node.
 */
export async function waitForVote(
  client: KubeClient,
  server: AwaitedNode,
  deps: ReadinessDeps,
  signal: AbortSignal,
): Promise<void> {
  const expected = await inspect(server, deps, signal);
  const alive = aliveCheck(expected, deps, signal);
  // One that had the address before may have left it: its lease runs out later.
  const old = await addressesOf(client, signal);
  await until(deps.clock, signal, async () => {
    await alive();
    const [leases, found] = await Promise.all([
      leasesOf(client, signal),
      addressesOf(client, signal),
    ]);
    const votes = (node: Awaited): boolean =>
      isBack(node, leases) ||
      node.addresses.some((address) => found?.has(address) && old?.has(address) === false);
    return expected.every(votes) ? true : undefined;
  });
}

const leasesOf = (client: KubeClient, signal: AbortSignal): Promise<Map<string, Date>> =>
  nodeLeases(client, signal).catch(() => new Map<string, Date>());

const addressesOf = (client: KubeClient, signal: AbortSignal): Promise<Set<string> | undefined> =>
  apiAddresses(client, signal).catch(() => undefined);

const isBack = ({ kubernetesNode, since }: Awaited, leases: ReadonlyMap<string, Date>): boolean =>
  [...leases].some(([node, renewed]) => isKubernetesNode(kubernetesNode, node) && renewed >= since);

async function inspect(
  { id, role }: AwaitedNode,
  { runtime }: ReadinessDeps,
  signal: AbortSignal,
): Promise<Awaited[]> {
  const info = await runtime.containers.inspect(id, { signal });
  const kubernetesNode = kubernetesNodeName({
    name: info.name,
    role,
    k3sArgs: info.spec.process.args ?? [],
    env: info.spec.process.env,
  });
  if (kubernetesNode === undefined) return [];
  const since = info.startedAt ?? new Date(0);
  return [{ kubernetesNode, container: info.name, since, addresses: networkAddresses(info) }];
}

const networkAddresses = ({ networks }: ContainerInfo): string[] =>
  networks
    .flatMap(({ ipv4Address, ipv6Address }) => [ipv4Address, ipv6Address])
    .filter((address) => address !== undefined);

function aliveCheck(
  expected: readonly Awaited[],
  { runtime, clock }: ReadinessDeps,
  signal: AbortSignal,
): () => Promise<void> {
  const watch = new NodeWatch(runtime);
  return everySecond(clock, async () => {
    await Promise.all(expected.map(({ container }) => watch.check(container, JOINING, signal)));
  });
}
