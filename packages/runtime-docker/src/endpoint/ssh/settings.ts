import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { K3dError, type RuntimeOptions } from "@k3d/core/runtime";
import { readSshConfig, tokensOf, type SshConfigValues } from "./config-file.js";
import { jumpsOf } from "./jumps.js";
import { parseKnownHosts, type KnownHost } from "./known-hosts.js";
import type { SshTarget } from "./target.js";
import { pathWith } from "./tokens.js";

/** How a host is reached, from the URL, `~/.ssh` and the environment. */
export interface SshSettings {
  host: string;
  port: number;
  username: string;
  /** The host on the way, where one is. */
  via?: SshSettings;
  /** Socket of the user's ssh agent. */
  agent?: string;
  /** Public keys of the agent that are tried first, or alone. */
  agentKeys: { first: string[]; only: boolean };
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
  const localUser = options.env.USER ?? options.env.LOGNAME ?? userInfo().username;
  const config = await readSshConfig(target, options, localUser);
  const tokens = tokensOf(target, config, options, localUser);
  const expand = pathWith(tokens, options);
  const before = jumps ?? jumpsOf(target.host, config, tokens);
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
    identities(config, options, expand),
    knownHostsOf(config, options.homeDir, expand),
  ]);
  return {
    host: tokens["h"] ?? target.host,
    port: portOf(config, target.host),
    username: tokens["r"] ?? localUser,
    ...(via ? { via } : {}),
    ...keys,
    ...known,
    strictHostKeyChecking: strictness(config.stricthostkeychecking?.[0]?.toLowerCase()),
  };
}

function portOf(config: SshConfigValues, host: string): number {
  const text = config.port?.[0];
  const port = text === undefined ? DEFAULT_PORT : Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new K3dError("INVALID_CONFIG", `"${text}" (Port of ${host} in ~/.ssh/config) is no port`, {
    hint: "Give it a number from 1 to 65535.",
  });
}

function strictness(said = "ask"): string {
  return said === "false" ? "no" : said;
}

type Expand = (path: string) => string;
type Identities = Pick<SshSettings, "agent" | "agentKeys" | "privateKeys">;

async function identities(
  config: SshConfigValues,
  { env, homeDir }: RuntimeOptions,
  expand: Expand,
): Promise<Identities> {
  const files =
    config.identityfile?.filter((path) => path !== "none").map(expand) ??
    DEFAULT_KEYS.map((name) => join(homeDir, ".ssh", name));
  const [keys, publicKeys] = await Promise.all([
    readAll(files),
    readAll(files.map((path) => `${path}.pub`)),
  ]);
  const named = config.identityagent?.[0];
  const agent =
    named === undefined || named === "SSH_AUTH_SOCK" ? env.SSH_AUTH_SOCK : expand(named);
  return {
    ...(agent && agent !== "none" ? { agent: fromVariable(agent, env) } : {}),
    agentKeys: {
      first: [...keys, ...publicKeys].map(({ key }) => key.toString("utf8")),
      only: ["yes", "true"].includes(config.identitiesonly?.[0]?.toLowerCase() ?? ""),
    },
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
  config: SshConfigValues,
  homeDir: string,
  expand: Expand,
): Promise<Pick<SshSettings, "knownHosts" | "knownHostsFile" | "hostKeyAlias">> {
  const inHome = join(homeDir, ".ssh", "known_hosts");
  const paths = (named: readonly string[] | undefined): string[] | undefined =>
    named?.filter((path) => path !== "none").map(expand);
  const own = paths(config.userknownhostsfile) ?? [inHome, `${inHome}2`];
  const shared = paths(config.globalknownhostsfile) ?? SYSTEM_KNOWN_HOSTS;
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
