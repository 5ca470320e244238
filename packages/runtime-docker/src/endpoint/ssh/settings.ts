import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { K3dError, type RuntimeOptions } from "@k3d/core/runtime";
import { readSshConfig, type SshConfigValues } from "./config-file.js";
import { jumpsOf, type SshTarget } from "./jumps.js";
import { parseKnownHosts, type KnownHost } from "./known-hosts.js";

/** How a host is reached, from the URL, `~/.ssh` and the environment. */
export interface SshSettings {
  host: string;
  port: number;
  username: string;
  /** The host on the way, where one is. */
  via?: SshSettings;
  /** Socket of the user's ssh agent. */
  agent?: string;
  /** Public keys that the agent may offer; absent: all it has. */
  agentKeys?: string[];
  /** Private keys, in the order in which they are tried. */
  privateKeys: { path: string; key: Buffer }[];
  /** Name under which the host's key is known. Default: its own. */
  hostKeyAlias?: string;
  knownHosts: KnownHost[];
  /** Where keys that are accepted as new are stored. */
  knownHostsFile: string;
  /** `no` and `off`: any host key; `accept-new`: unknown ones, too; otherwise only known ones. */
  strictHostKeyChecking: string;
}

const DEFAULT_PORT = 22;
const DEFAULT_KEYS = ["id_ed25519", "id_ecdsa", "id_rsa"];
const SYSTEM_KNOWN_HOSTS = ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"];
/** More hosts on the way than anybody has: the configuration leads in a circle. */
const MOST_JUMPS = 8;

/**
 * Reads what OpenSSH's client would use: `HostName`, `Port`, `User`, `ProxyJump`, `IdentityFile`,
 * `IdentitiesOnly`, `IdentityAgent`, `HostKeyAlias`, `UserKnownHostsFile`, `GlobalKnownHostsFile` and
 * `StrictHostKeyChecking`, of the host and of those on the way to it.
 *
 * @throws `INVALID_CONFIG` for a way in a circle, and where only a `ProxyCommand` leads to the host.
 */
export function readSshSettings(target: SshTarget, options: RuntimeOptions): Promise<SshSettings> {
  return settingsOf(target, options, [target.host]);
}

async function settingsOf(
  target: SshTarget,
  options: RuntimeOptions,
  way: readonly string[],
  jumps?: readonly SshTarget[],
): Promise<SshSettings> {
  if (way.length > MOST_JUMPS) {
    throw new K3dError("INVALID_CONFIG", `ProxyJump goes in a circle: ${way.join(", ")}`, {
      hint: "Correct ~/.ssh/config.",
    });
  }
  const { env, homeDir } = options;
  const config = await readSshConfig(homeDir, target.host);
  const before = jumps ?? jumpsOf(target.host, config);
  const next = before.at(-1);
  const [via, keys, known] = await Promise.all([
    next === undefined
      ? undefined
      : // A host of a list is reached through those before it; the first one as its own entry says.
        settingsOf(
          next,
          options,
          [...way, next.host],
          before.length > 1 ? before.slice(0, -1) : undefined,
        ),
    identities(target, config, options),
    knownHostsOf(target, config, homeDir),
  ]);
  return {
    host: config.hostname?.[0]?.replaceAll("%h", () => target.host) ?? target.host,
    port: target.port ?? Number(config.port?.[0] ?? DEFAULT_PORT),
    username: target.username ?? config.user?.[0] ?? env.USER ?? env.LOGNAME ?? userInfo().username,
    ...(via ? { via } : {}),
    ...keys,
    ...known,
    strictHostKeyChecking: config.stricthostkeychecking?.[0]?.toLowerCase() ?? "ask",
  };
}

function expander(target: SshTarget, homeDir: string): (path: string) => string {
  return (path) =>
    path
      .replace(/^~(?=\/|$)/, () => homeDir)
      .replaceAll("%d", () => homeDir)
      .replaceAll("%h", () => target.host)
      .replaceAll("%%", "%");
}

type Identities = Pick<SshSettings, "agent" | "agentKeys" | "privateKeys">;

async function identities(
  target: SshTarget,
  config: SshConfigValues,
  { env, homeDir }: RuntimeOptions,
): Promise<Identities> {
  const expand = expander(target, homeDir);
  const files =
    config.identityfile?.filter((path) => path !== "none").map(expand) ??
    DEFAULT_KEYS.map((name) => join(homeDir, ".ssh", name));
  const [keys, publicKeys] = await Promise.all([
    readAll(files),
    config.identitiesonly?.[0]?.toLowerCase() === "yes"
      ? readAll(files.flatMap((path) => [path, `${path}.pub`]))
      : undefined,
  ]);
  const named = config.identityagent?.[0];
  const agent =
    named === undefined || named === "SSH_AUTH_SOCK" ? env.SSH_AUTH_SOCK : expand(named);
  return {
    ...(agent && agent !== "none" ? { agent: fromVariable(agent, env) } : {}),
    ...(publicKeys ? { agentKeys: publicKeys.map(({ key }) => key.toString("utf8")) } : {}),
    privateKeys: keys,
  };
}

/** `$VARIABLE`, as `IdentityAgent` may have it. */
function fromVariable(agent: string, env: RuntimeOptions["env"]): string {
  const name = /^\$\{?(\w+)\}?$/.exec(agent)?.[1];
  return name === undefined ? agent : (env[name] ?? agent);
}

async function readAll(paths: readonly string[]): Promise<{ path: string; key: Buffer }[]> {
  const read = await Promise.all(
    paths.map(async (path) => {
      const key = await readFile(path).catch(() => undefined);
      return key === undefined ? [] : [{ path, key }];
    }),
  );
  return read.flat();
}

async function knownHostsOf(
  target: SshTarget,
  config: SshConfigValues,
  homeDir: string,
): Promise<Pick<SshSettings, "knownHosts" | "knownHostsFile" | "hostKeyAlias">> {
  const expand = expander(target, homeDir);
  const inHome = join(homeDir, ".ssh", "known_hosts");
  const own = pathsOf(config.userknownhostsfile)?.map(expand) ?? [inHome, `${inHome}2`];
  const shared = pathsOf(config.globalknownhostsfile)?.map(expand) ?? SYSTEM_KNOWN_HOSTS;
  const texts = await Promise.all(
    [...own, ...shared].map((path) => readFile(path, "utf8").catch(() => "")),
  );
  const hostKeyAlias = config.hostkeyalias?.[0];
  return {
    ...(hostKeyAlias === undefined ? {} : { hostKeyAlias }),
    knownHosts: parseKnownHosts(texts.join("\n")),
    knownHostsFile: own[0] ?? inHome,
  };
}

/** Values that hold several paths. */
function pathsOf(values: readonly string[] | undefined): string[] | undefined {
  return values?.flatMap((paths) => paths.split(/\s+/)).filter((path) => path !== "none");
}
