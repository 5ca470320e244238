import { createHmac } from "node:crypto";
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";

/** One line of a `known_hosts` file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
export interface KnownHost {
  /** Comma-separated patterns, or one hashed name `|1|salt|hash`. */
  patterns: string;
  /** E.g. `ssh-ed25519`. */
  type: string;
  /** The key, base64. */
  key: string;
  revoked: boolean;
}

export type HostKeyVerdict = "known" | "unknown" | "changed" | "revoked";

const DEFAULT_PORT = 22;

/** Certificate authorities are left out: their keys are no host keys. */
export function parseKnownHosts(text: string): KnownHost[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#") && !line.startsWith("@cert-authority"))
    .flatMap((line) => {
      const fields = line.split(/\s+/);
      const revoked = fields[0] === "@revoked";
      const [patterns, type, key] = revoked ? fields.slice(1) : fields;
      return patterns && type && key ? [{ patterns, type, key, revoked }] : [];
    });
}

/** The entries that speak of a host. */
export function entriesFor(hosts: KnownHost[], host: string, port = DEFAULT_PORT): KnownHost[] {
  const name = port === DEFAULT_PORT ? host : `[${host}]:${port}`;
  return hosts.filter(({ patterns }) => matches(patterns, name));
}

function matches(patterns: string, name: string): boolean {
  if (patterns.startsWith("|1|")) {
    const [, , salt = "", hash = ""] = patterns.split("|");
    return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
  }
  const all = patterns.split(",");
  const hit = (pattern: string): boolean => toRegExp(pattern).test(name);
  return (
    all.some((pattern) => !pattern.startsWith("!") && hit(pattern)) &&
    !all.some((pattern) => pattern.startsWith("!") && hit(pattern.slice(1)))
  );
}

function toRegExp(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "i");
}

/** The line that makes a key known for a host; the key's type stands at its begin (RFC 4253, 6.6). */
export function knownHostLine(host: string, port: number, key: Buffer): string {
  const name = port === DEFAULT_PORT ? host : `[${host}]:${port}`;
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

/** What is known of a host that shows this key. */
export function judge(entries: KnownHost[], key: Buffer): HostKeyVerdict {
  const encoded = key.toString("base64");
  const same = entries.filter((entry) => entry.key === encoded);
  if (same.some((entry) => entry.revoked)) return "revoked";
  if (same.length > 0) return "known";
  return entries.some((entry) => !entry.revoked) ? "changed" : "unknown";
}
