import { createHmac } from "node:crypto";
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { matchesPatterns } from "./patterns.js";

/** One line of a `known_hosts` file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
export interface KnownHost {
  /** Comma-separated patterns, or one hashed name `|1|salt|hash`. */
  patterns: string;
  /** E.g. `ssh-ed25519`. */
  type: string;
  /** The key, base64. */
  key: string;
  /** Absent: a host's key that is trusted. An authority's signs those of hosts. */
  mark?: "revoked" | "cert-authority";
}

export type HostKeyVerdict = "known" | "unknown" | "changed" | "revoked";

const DEFAULT_PORT = 22;

export function parseKnownHosts(text: string): KnownHost[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .flatMap((line) => {
      const fields = line.split(/\s+/);
      const mark = fields[0]?.startsWith("@") ? fields.shift()?.slice(1) : undefined;
      if (mark !== undefined && mark !== "revoked" && mark !== "cert-authority") return [];
      const [patterns, type, key] = fields;
      return patterns && type && key ? [{ patterns, type, key, ...(mark ? { mark } : {}) }] : [];
    });
}

/** The entries that speak of a host. */
export function entriesFor(hosts: KnownHost[], host: string, port = DEFAULT_PORT): KnownHost[] {
  const name = listedAs(host, port);
  return hosts.filter(({ patterns }) => matches(patterns, name));
}

/** The name of a host in these files; OpenSSH has it in lower case, which matters where names are hashed. */
export function listedAs(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === DEFAULT_PORT ? name : `[${name}]:${port}`;
}

function matches(patterns: string, name: string): boolean {
  if (patterns.startsWith("|1|")) {
    const [, , salt = "", hash = ""] = patterns.split("|");
    return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
  }
  return matchesPatterns(patterns.split(","), name);
}

/** The line that makes a key known for a host; the key's type stands at its begin (RFC 4253, 6.6). */
export function knownHostLine(host: string, port: number, key: Buffer): string {
  const name = listedAs(host, port);
  const type = key.subarray(4, 4 + key.readUInt32BE(0)).toString("latin1");
  return `${name} ${type} ${key.toString("base64")}`;
}

/**
 * Makes the key of a host known for the next time, as OpenSSH does with `accept-new`. A file that
 * cannot be written is no failure to it either.
 */
export async function rememberHost(
  file: string,
  host: string,
  port: number,
  key: Buffer,
): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const text = await readFile(file, "utf8").catch(() => "");
    const line = knownHostLine(host, port, key);
    if (text.split("\n").includes(line)) return;
    const begin = text === "" || text.endsWith("\n") ? "" : "\n";
    await appendFile(file, `${begin}${line}\n`, { mode: 0o600 });
  } catch {
    // The connection is as good without it.
  }
}

/** What is known of a host that shows this key. A key of an authority is no host's. */
export function judge(entries: KnownHost[], key: Buffer): HostKeyVerdict {
  const encoded = key.toString("base64");
  const same = entries.filter((entry) => entry.key === encoded);
  if (same.some(({ mark }) => mark === "revoked")) return "revoked";
  if (same.some(({ mark }) => mark === undefined)) return "known";
  return entries.some(({ mark }) => mark === undefined) ? "changed" : "unknown";
}
