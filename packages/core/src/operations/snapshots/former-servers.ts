import { parseAnswer } from "../../errors/index.js";
import type { Clock } from "../../model/clock.js";
import type { DesiredCluster } from "../../plan/desired.js";
import { until, type KubeClient } from "../../readiness/index.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";

const PATH = "/api/v1/namespaces/default/endpoints/kubernetes";
/** Their leases end after 15 s, and the API looks every ten; a user's own --advertise-address never goes. */
const LIMIT_MS = 60_000;

interface Endpoints {
  subsets?: { addresses?: { ip?: string }[] }[];
}

/**
 * Waits until the API names no server of the former cluster any more. An agent asks it for all servers
 * at its start: it would try to reach those of the cluster that the data comes from, which may even
 * answer, or stand still for minutes where nothing does.
 */
export async function awaitOwnServers(
  client: KubeClient,
  own: ReadonlySet<string>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  if (own.size === 0) return;
  const since = clock.now();
  await until(clock, signal, async () => {
    const { status, body } = await client.send({ path: PATH }, signal);
    if (status !== 200) return true;
    const { subsets = [] } = parseAnswer<Endpoints>(body, "read the addresses of the API");
    const addresses = subsets.flatMap(({ addresses: all = [] }) => all.map(({ ip }) => ip));
    const isForeign = addresses.some((ip) => ip !== undefined && !own.has(ip));
    return !isForeign || clock.now() - since > LIMIT_MS ? true : undefined;
  });
}

/** Addresses of a cluster's servers: those that they have, and those that they shall get. */
export async function ownAddresses(
  { nodes }: DesiredCluster,
  runtime: ContainerRuntime,
  signal: AbortSignal,
): Promise<Set<string>> {
  const servers = nodes.filter(({ role }) => role === "server");
  const given = await Promise.all(
    servers.map(async ({ name }) => (await runtime.containers.inspect(name, { signal })).networks),
  );
  const networks = [...given.flat(), ...servers.flatMap(({ spec }) => spec.networks)];
  const addresses = networks.flatMap(({ ipv4Address, ipv6Address }) => [ipv4Address, ipv6Address]);
  return new Set(addresses.flatMap((address) => address || []));
}
