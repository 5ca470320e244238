import { tryRun } from "../host/run.ts";
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
  if (await iptables("filter", "--check", chain, ...rule(network))) return;
  await iptables("filter", "--new-chain", chain);
  await iptables("filter", "--append", chain, ...rule(network));
}

export async function forbidPublishedPorts(root: string, network: NetworkRecord): Promise<void> {
  await iptables("filter", "--delete", adminChain(root), ...rule(network));
}

/** The chains that CNI plugins share, with the rules that lead into each. */
const SHARED_CHAINS = {
  filter: [{ chain: "CNI-FORWARD", from: ["FORWARD"] }],
  nat: [
    { chain: "CNI-HOSTPORT-DNAT", from: ["PREROUTING", "OUTPUT"] },
    { chain: "CNI-HOSTPORT-MASQ", from: ["POSTROUTING"] },
    { chain: "CNI-HOSTPORT-SETMARK", from: [] },
  ],
} as const;

/**
 * Removes k3d's chain, and the chains the plugins share and never remove, once
 * no rule of any container is in them. Whoever needs them makes them anew.
 */
export async function removeUnusedChains(root: string): Promise<void> {
  const own = adminChain(root);
  if ((await rules("filter", own))?.length === 0) {
    await deleteJumps("filter", "CNI-FORWARD", own);
    await iptables("filter", "--delete-chain", own);
  }
  if ((await rules("filter", "CNI-FORWARD"))?.length === 0) await removeChains("filter");
  if ((await rules("nat", "CNI-HOSTPORT-DNAT"))?.length === 0) await removeChains("nat");
}

async function removeChains(table: keyof typeof SHARED_CHAINS): Promise<void> {
  const present = SHARED_CHAINS[table];
  for (const { chain, from } of present) {
    for (const parent of from) await deleteJumps(table, parent, chain);
  }
  for (const { chain } of present) {
    await iptables(table, "--flush", chain);
    await iptables(table, "--delete-chain", chain);
  }
}

async function deleteJumps(table: string, parent: string, chain: string): Promise<void> {
  for (const jump of (await rules(table, parent)) ?? []) {
    if (jump.at(jump.indexOf("-j") + 1) === chain) await iptables(table, "--delete", parent, ...jump);
  }
}

/** The rules of a chain as arguments; `undefined` when there is no such chain. */
async function rules(table: string, chain: string): Promise<string[][] | undefined> {
  const { exitCode, stdout } = await tryRun("iptables", ["--wait", "--table", table, "--list-rules", chain]);
  if (exitCode !== 0) return undefined;
  const lines = stdout.split("\n").filter((line) => line.startsWith("-A "));
  return lines.map((line) => words(line).slice(2));
}

/** Splits at blanks outside of double quotes. */
function words(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain]) => plain ?? (quoted ?? "").replaceAll(/\\(.)/g, "$1"));
}

function rule(network: NetworkRecord): string[] {
  return ["--destination", network.subnet, "--match", "conntrack", "--ctstate", "DNAT", "--jump", "ACCEPT"];
}

async function iptables(table: string, ...args: string[]): Promise<boolean> {
  return (await tryRun("iptables", ["--wait", "--table", table, ...args])).exitCode === 0;
}
