import { open, readFile } from "node:fs/promises";
import type { HostEntry } from "@k3d/core/runtime";
import type { Engine } from "../engine/engine.ts";
import { ignoreMissing } from "../host/json-file.ts";
import type { ContainerRecord, ContainerState } from "../store/records.ts";
import { readKernelFile } from "../host/tools.ts";

const LOCAL_ENTRIES: HostEntry[] = [
  { ip: "127.0.0.1", hostnames: ["localhost"] },
  { ip: "::1", hostnames: ["localhost", "ip6-localhost", "ip6-loopback"] },
];

interface Member {
  record: ContainerRecord;
  state: ContainerState;
}

/**
 * Writes `/etc/hosts` of all containers that share a network with one of
 * `networks`, so that they find each other by name.
 *
 * A container with a fixed address has its entry also while it does not run:
 * others can then be started before it.
 */
export async function refreshHosts(engine: Engine, networks: readonly string[]): Promise<void> {
  if (networks.length === 0) return;
  await engine.locks.with("hosts", async () => {
    const members = await allMembers(engine);
    const affected = members.filter(({ record }) =>
      record.networks.some(({ name }) => networks.includes(name)),
    );
    for (const member of affected) await writeHosts(engine, member, members);
  });
}

/** Writes `/etc/hosts` of one container. */
export async function writeOwnHosts(engine: Engine, id: string): Promise<void> {
  await engine.locks.with("hosts", async () => {
    const members = await allMembers(engine);
    const member = members.find(({ record }) => record.id === id);
    if (member) await writeHosts(engine, member, members);
  });
}

async function allMembers(engine: Engine): Promise<Member[]> {
  const records = await engine.records.all();
  return await Promise.all(
    records.map(async (record) => ({ record, state: await engine.records.readState(record.id) })),
  );
}

async function writeHosts(
  engine: Engine,
  member: Member,
  members: readonly Member[],
): Promise<void> {
  const { spec } = member.record;
  const text = spec.hostNetwork
    ? `${await readKernelFile("/etc/hosts")}\n${formatHosts(spec.extraHosts ?? [])}`
    : formatHosts([
        ...LOCAL_ENTRIES,
        ...(spec.extraHosts ?? []),
        ...networkEntries(member, members),
      ]);
  await writeInPlace(engine.records.pathsOf(member.record.id).hosts, text);
}

/** The container itself first, then the others, network by network. */
export function networkEntries(self: Member, members: readonly Member[]): HostEntry[] {
  return self.record.networks.flatMap(({ name: network }) => {
    const others = members.filter(({ record }) => record.id !== self.record.id);
    const byName = others.toSorted((one, other) => (one.record.name < other.record.name ? -1 : 1));
    return [self, ...byName].flatMap((member) => entryOn(network, member, member === self));
  });
}

function entryOn(network: string, { record, state }: Member, isSelf: boolean): HostEntry[] {
  const attachment = record.networks.find(({ name }) => name === network);
  if (!attachment) return [];
  const current = state.interfaces.find((candidate) => candidate.network === network)?.ipv4Address;
  const ip = current ?? attachment.ipv4Address;
  if (ip === undefined) return [];
  const hostname = record.spec.hostname ?? record.name;
  const names = isSelf ? [hostname, record.name] : [record.name];
  return [{ ip, hostnames: [...new Set([...names, ...(attachment.aliases ?? [])])] }];
}

export function formatHosts(entries: readonly HostEntry[]): string {
  return entries.map(({ ip, hostnames }) => `${ip}\t${hostnames.join(" ")}\n`).join("");
}

/** The file is mounted into the container, so it must stay the same one: a new one would not be seen there. */
async function writeInPlace(path: string, text: string): Promise<void> {
  if ((await readFile(path, "utf8").catch(ignoreMissing)) === text) return;
  // A container whose directory is gone is being removed, and needs no names.
  const file = await open(path, "a+", 0o644).catch(ignoreMissing);
  if (!file) return;
  try {
    await file.chmod(0o644);
    await file.truncate(0);
    await file.write(text);
  } finally {
    await file.close();
  }
}

/**
 * The resolver configuration for containers: the host's, without name servers
 * on loopback, which are out of a container's reach.
 */
export async function resolverConfig(
  nameServers: readonly string[],
  hostNetwork: boolean,
): Promise<string> {
  const text = await readKernelFile("/etc/resolv.conf");
  if (hostNetwork) return `${text}\n`;
  if (nameServers.length > 0) return withServers(text, nameServers);
  const usable = serversIn(text).filter((server) => !isLoopback(server));
  if (usable.length > 0) return withServers(text, usable);
  const behindStub = serversIn(await readKernelFile("/run/systemd/resolve/resolv.conf")).filter(
    (server) => !isLoopback(server),
  );
  return withServers(text, behindStub);
}

function serversIn(text: string): string[] {
  return [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map((match) => match[1] ?? "");
}

function isLoopback(server: string): boolean {
  return server.startsWith("127.") || server === "::1";
}

function withServers(text: string, servers: readonly string[]): string {
  const rest = text.split("\n").filter((line) => /^\s*(?:search|options)\b/.test(line));
  return [...servers.map((server) => `nameserver ${server}`), ...rest, ""].join("\n");
}
