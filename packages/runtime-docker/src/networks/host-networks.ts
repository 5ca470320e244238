import { readFile } from "node:fs/promises";
import { isIPv4 } from "node:net";
import { endianness } from "node:os";

/** The IPv4 networks of this machine, as far as an engine on it keeps away from them. */
export interface HostNetworks {
  /** Of the main table, without the default route. */
  routes: readonly { device: string; subnet: string }[];
  nameServers: readonly string[];
}

const NONE: HostNetworks = { routes: [], nameServers: [] };

/** What Linux tells in `proc`; nothing on another system. */
export async function readHostNetworks(): Promise<HostNetworks> {
  try {
    const [table, resolver] = await Promise.all([
      readFile("/proc/net/route", "utf8"),
      readFile("/etc/resolv.conf", "utf8").catch(() => ""),
    ]);
    return { routes: parseRoutes(table, endianness()), nameServers: parseNameServers(resolver) };
  } catch {
    return NONE;
  }
}

/** Its numbers are those of the network, printed as the processor reads them. */
export function parseRoutes(table: string, order: "BE" | "LE"): HostNetworks["routes"] {
  return table.split("\n").flatMap((line) => {
    const [device = "", destination = "", , , , , , mask = ""] = line.split("\t");
    if (!HEX_ADDRESS.test(destination) || !HEX_ADDRESS.test(mask)) return [];
    const prefix = bitsIn(mask);
    if (prefix === 0) return [];
    const bytes = [...Buffer.from(destination, "hex")];
    if (order === "LE") bytes.reverse();
    return [{ device, subnet: `${bytes.join(".")}/${prefix}` }];
  });
}

const HEX_ADDRESS = /^[0-9A-F]{8}$/i;

const bitsIn = (mask: string): number =>
  [...parseInt(mask, 16).toString(2)].filter((bit) => bit === "1").length;

/** Those of IPv4 in a `resolv.conf`. */
export function parseNameServers(text: string): string[] {
  return [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].flatMap(([, address = ""]) =>
    isIPv4(address) ? address : [],
  );
}
