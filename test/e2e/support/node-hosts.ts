import { isIP } from "node:net";

/**
 * What CoreDNS' `hosts` plugin answers from a hosts file: addresses by lower-case name, in the file's
 * order. A line is an address and any number of names; `#` begins a comment; a line that begins with
 * no address is skipped.
 */
export function hostsServed(text: string): Map<string, string[]> {
  const served = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [address = "", ...names] = (line.split("#")[0] ?? "").split(/\s+/).filter(Boolean);
    if (!isIP(address)) continue;
    for (const name of names) {
      const key = name.toLowerCase().replace(/\.$/, "");
      const known = served.get(key) ?? [];
      if (!known.includes(address)) served.set(key, [...known, address]);
    }
  }
  return served;
}
