import { apiAddresses } from "./api-addresses.js";
import { isKubernetesNode } from "../node/kubernetes-node.js";
import { until, type ReadinessDeps } from "./cluster-ready.js";
import { type KubeClient, kubeNodes } from "./kube-client.js";
import { JOINING, STRICT } from "./node-watch.js";
import { aliveCheck, awaited, isBack, leasesOf, type AwaitedNode } from "./wait-for-leases.js";

/**
 * After this many milliseconds the entry of an API that is gone has run out: kube-apiserver's
 * DefaultEndpointReconcilerTTL is 15 s.
 */
const ENTRY_MS = 20_000;

/** How long a server without a node is waited for, in milliseconds, whose API is not seen at its address. */
const NODELESS_LIMIT_MS = 60_000;

/** Where k3s' servers share the certificate of their port. */
const SERVING = "/api/v1/namespaces/kube-system/secrets/k3s-serving";

/**
 * Resolves once a server that joins votes in etcd, so that the next one can come: its API has begun to
 * answer, for which it waits until it is a voter, or its node has renewed its lease. The first comes some
 * seconds earlier, and is not seen where the API has no address of its own at the node. A server that has
 * neither is waited for a minute.
 */
export async function waitForVote(
  client: KubeClient,
  server: AwaitedNode,
  deps: ReadinessDeps,
  signal: AbortSignal,
): Promise<void> {
  const expected = await awaited(server, deps, signal);
  const alive = aliveCheck([expected.container], JOINING, deps, signal);
  // One that had the address before may have left it: its entry runs out later.
  const old = await addressesOf(client, signal);
  const begun = deps.clock.now();
  await until(deps.clock, signal, async () => {
    await alive();
    const [leases, found] = await Promise.all([
      leasesOf(client, signal),
      addressesOf(client, signal),
    ]);
    const waitedMs = deps.clock.now() - begun;
    const answers = expected.addresses.some(
      (address) => found?.has(address) && (old?.has(address) === false || waitedMs > ENTRY_MS),
    );
    const isOverdue = expected.kubernetesNode === undefined && waitedMs > NODELESS_LIMIT_MS;
    return answers || isBack(expected, leases) || isOverdue ? true : undefined;
  });
}

/**
 * Resolves once the first server of a new cluster lets agents join. One that asks earlier is refused, and
 * asks again only five to ten seconds later. k3s lets them join when it has a client for its own API,
 * which it shares its certificate with as well: once that is there, or the node of that server is.
 *
 * @param node that of the server, unless it has none.
 */
export async function waitUntilJoinable(
  client: KubeClient,
  server: string,
  node: string | undefined,
  deps: ReadinessDeps,
  signal: AbortSignal,
): Promise<void> {
  const alive = aliveCheck([server], STRICT, deps, signal);
  await until(deps.clock, signal, async () => {
    await alive();
    const [isShared, nodes] = await Promise.all([
      isThere(client, SERVING, signal),
      kubeNodes(client, signal).catch(() => undefined),
    ]);
    const isRegistered =
      node !== undefined && nodes?.some(({ name }) => isKubernetesNode(node, name));
    return isShared || isRegistered ? true : undefined;
  });
}

const isThere = (client: KubeClient, path: string, signal: AbortSignal): Promise<boolean> =>
  client.send({ path }, signal).then(
    ({ status }) => status === 200,
    () => false,
  );

const addressesOf = (client: KubeClient, signal: AbortSignal): Promise<Set<string> | undefined> =>
  apiAddresses(client, signal).catch(() => undefined);
