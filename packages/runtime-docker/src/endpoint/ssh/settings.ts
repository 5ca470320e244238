import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import type { RuntimeOptions } from "@k3d/core/runtime";
import type { Endpoint } from "../endpoint.js";
import { parseKnownHosts, type KnownHost } from "./known-hosts.js";

/** How a host is reached, from the URL, `~/.ssh` and the environment. */
export interface SshSettings {
  host: string;
  port: number;
  username: string;
  /** Socket of the user's ssh agent. */
  agent?: string;
  /** Private keys, in the order in which they are tried. */
  privateKeys: Buffer[];
  knownHosts: KnownHost[];
  /** Where keys that are accepted as new are stored. */
  knownHostsFile: string;
  /** `no`: any host key; `accept-new`: unknown ones, too; otherwise only known ones. */
  strictHostKeyChecking: string;
}

const DEFAULT_PORT = 22;
const DEFAULT_KEYS = ["id_ed25519", "id_ecdsa", "id_rsa"];
const SYSTEM_KNOWN_HOSTS = "/etc/ssh/ssh_known_hosts";

async function readIfThere(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}

type Computed = Record<string, string | string[] | undefined>;

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function list(value: string | string[] | undefined): string[] {
  return value === undefined ? [] : [value].flat();
}

/** Reads what OpenSSH's client would use: `HostName`, `Port`, `User`, `IdentityFile`, `IdentityAgent`, `UserKnownHostsFile`, `StrictHostKeyChecking`. */
export async function readSshSettings(
  endpoint: Endpoint & { kind: "ssh" },
  { env, homeDir }: RuntimeOptions,
): Promise<SshSettings> {
  const { default: SshConfig } = await import("ssh-config");
  const dir = join(homeDir, ".ssh");
  const config = SshConfig.parse(await readIfThere(join(dir, "config"))).compute(endpoint.host, {
    ignoreCase: true,
  }) as Computed;
  const lower = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.toLowerCase(), value]),
  ) as Computed;
  const expand = (path: string): string =>
    path
      .replace(/^~(?=\/|$)/, homeDir)
      .replaceAll("%d", homeDir)
      .replaceAll("%h", endpoint.host);

  const identityFiles = list(lower.identityfile);
  const keyFiles =
    identityFiles.length > 0
      ? identityFiles.map(expand)
      : DEFAULT_KEYS.map((name) => join(dir, name));
  const keys = await Promise.all(keyFiles.map((path) => readFile(path).catch(() => undefined)));
  const configuredFiles = list(lower.userknownhostsfile)
    .flatMap((paths) => paths.split(/\s+/))
    .map(expand);
  const knownHostsFiles = configuredFiles.length > 0 ? configuredFiles : [join(dir, "known_hosts")];
  const knownHosts = await Promise.all([...knownHostsFiles, SYSTEM_KNOWN_HOSTS].map(readIfThere));
  const configuredAgent = first(lower.identityagent);
  const agent =
    configuredAgent === undefined || configuredAgent === "SSH_AUTH_SOCK"
      ? env.SSH_AUTH_SOCK
      : expand(configuredAgent);
  return {
    host: first(lower.hostname)?.replaceAll("%h", endpoint.host) ?? endpoint.host,
    port: endpoint.port ?? Number(first(lower.port) ?? DEFAULT_PORT),
    username:
      endpoint.username ?? first(lower.user) ?? env.USER ?? env.LOGNAME ?? userInfo().username,
    ...(agent && agent !== "none" ? { agent } : {}),
    privateKeys: keys.filter((key) => key !== undefined),
    knownHosts: parseKnownHosts(knownHosts.join("\n")),
    knownHostsFile: knownHostsFiles[0] ?? join(dir, "known_hosts"),
    strictHostKeyChecking: first(lower.stricthostkeychecking)?.toLowerCase() ?? "ask",
  };
}
