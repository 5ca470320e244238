import { run, tryRun } from "../host/run.ts";
import { rootDigest } from "../host/settings.ts";
import type { NetworkRecord } from "../store/network-records.ts";

/** A chain for k3d's own rules; one for each root directory, so that two never share one. */
export function adminChain(root: string): string {
  return `K3D-OCI-${rootDigest(root)}`;
}

/**
 * Lets published ports of a network through a firewall that forwards nothing
 * by default, as Docker sets it up: the plugins allow answers only.
 */
export async function allowPublishedPorts(root: string, network: NetworkRecord): Promise<void> {
  const chain = adminChain(root);
  if (await iptables("--check", chain, ...rule(network))) return;
  await iptables("--new-chain", chain);
  await iptables("--append", chain, ...rule(network));
}

export async function forbidPublishedPorts(root: string, network: NetworkRecord): Promise<void> {
  await iptables("--delete", adminChain(root), ...rule(network));
}

/** The chains that CNI plugins share and never remove; those of a table stand empty when the first does. */
const SHARED_CHAINS: Record<string, readonly string[]> = {
  filter: ["CNI-FORWARD"],
  nat: ["CNI-HOSTPORT-DNAT", "CNI-HOSTPORT-MASQ", "CNI-HOSTPORT-SETMARK"],
};

/**
 * Removes k3d's chain, and the chains the plugins share, once no rule of any
 * container is in them. Whoever needs them makes them anew.
 */
export async function removeUnusedChains(root: string): Promise<void> {
  for (const [table, shared] of Object.entries(SHARED_CHAINS)) {
    const rules = (await run("iptables-save", ["--table", table])).split("\n");
    const commands = removalOfUnused(rules, adminChain(root), shared);
    // Someone may have begun to use a chain meanwhile; it then stays.
    if (commands.length > 0)
      await tryRun("iptables-restore", ["--wait", "--noflush"], {
        input: [`*${table}`, ...commands, "COMMIT", ""].join("\n"),
      });
  }
}

/**
 * The commands for `iptables-restore` that remove what is unused.
 *
 * @param rules a table as `iptables-save` prints it.
 * @param shared chains that go together, once the first has no rule.
 */
export function removalOfUnused(
  rules: readonly string[],
  own: string,
  shared: readonly string[],
): string[] {
  const exists = (chain: string) => rules.some((line) => line.startsWith(`:${chain} `));
  const jumpsTo = (chains: readonly string[]) =>
    rules.filter((line) => chains.some((chain) => line.endsWith(` -j ${chain}`)));
  const isUnused = (chain: string, besides: readonly string[]) =>
    exists(chain) &&
    !rules.some((line) => line.startsWith(`-A ${chain} `) && !besides.includes(line));
  const unused = isUnused(own, []) ? [own] : [];
  const [first] = shared;
  // The kernel wants chains gone before those they lead to, and all jumps before either.
  if (first !== undefined && isUnused(first, jumpsTo(unused)))
    unused.unshift(...shared.filter(exists));
  return [
    ...jumpsTo(unused).map((line) => line.replace("-A ", "-D ")),
    ...unused.map((chain) => `-F ${chain}`),
    ...unused.map((chain) => `-X ${chain}`),
  ];
}

function rule(network: NetworkRecord): string[] {
  return [
    "--destination",
    network.subnet,
    "--match",
    "conntrack",
    "--ctstate",
    "DNAT",
    "--jump",
    "ACCEPT",
  ];
}

async function iptables(...args: string[]): Promise<boolean> {
  return (await tryRun("iptables", ["--wait", ...args])).exitCode === 0;
}
