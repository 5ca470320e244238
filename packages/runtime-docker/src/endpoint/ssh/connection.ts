import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";
import { K3dError } from "@k3d/core/runtime";
import type { Client, ConnectConfig } from "ssh2";
import { bracketed } from "../endpoint.js";
import { authenticationOf, type Authentication } from "./authentication.js";
import { entriesFor, judge, listedAs, rememberHost, type HostKeyVerdict } from "./known-hosts.js";
import type { SshSettings } from "./settings.js";

const READY_LIMIT_MS = 20_000;
/** Three that stay without an answer end the connection. */
const KEEP_ALIVE_MS = 15_000;

/** Signature algorithms of host keys, in the order in which OpenSSH prefers them. */
const HOST_KEY_ALGORITHMS = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
  "ssh-rsa",
];
/** Key types that are signed with in more than one way. */
const ALGORITHMS: Record<string, string[]> = {
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"],
};

function unavailable(settings: SshSettings, why: string, hint: string, cause?: unknown): K3dError {
  return new K3dError(
    "RUNTIME_UNAVAILABLE",
    `Cannot connect to ${bracketed(settings.host)}:${settings.port} by ssh: ${why}`,
    { hint, cause },
  );
}

/** What to type to reach the host by hand. */
function byHand({ host, port, username }: SshSettings): string {
  return `ssh ${port === 22 ? "" : `-p ${port} `}${username}@${host}`;
}

function scanned({ host, port }: SshSettings): string {
  return port === 22 ? host : `-p ${port} ${host}`;
}

function refusedKey(
  settings: SshSettings,
  verdict: Exclude<HostKeyVerdict, "known">,
  key: Buffer | undefined,
  hasAuthority: boolean,
  cause: unknown,
): K3dError {
  const { hostKeyAlias, host, port } = settings;
  const listed = hostKeyAlias === undefined ? listedAs(host, port) : listedAs(hostKeyAlias, 22);
  const shown =
    key === undefined
      ? ""
      : ` (it shows SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")})`;
  switch (verdict) {
    case "unknown":
      return unavailable(
        settings,
        `its host key is not known${shown}`,
        hasAuthority
          ? `It is known by its certificate only, which k3d does not check: store its key with \`ssh-keyscan ${scanned(settings)} >>${settings.knownHostsFile}\`, after comparing it.`
          : `Connect once with \`${byHand(settings)}\`, check the key and accept it; or set "StrictHostKeyChecking accept-new" for the host in ~/.ssh/config.`,
        cause,
      );
    case "changed":
      return unavailable(
        settings,
        `its host key differs from the known one${shown}`,
        `Somebody may be intercepting the connection. If the host was set up again, remove its old key with \`ssh-keygen -R '${listed}' -f ${settings.knownHostsFile}\`.`,
        cause,
      );
    case "revoked":
      return unavailable(
        settings,
        `its host key is revoked${shown}`,
        "Ask the host's administrator for its new key.",
        cause,
      );
  }
}

function refusedLogin(
  settings: SshSettings,
  { tried, locked }: Authentication,
  cause: Error,
): K3dError {
  const { host, username } = settings;
  const why =
    tried.length === 0
      ? `there is no key to log in with as ${username}`
      : `it accepts none of the keys for ${username} (tried: ${tried.join(", ")})`;
  const [first] = locked;
  const hint =
    first === undefined
      ? `Load a key that ${username}@${host} accepts into your ssh agent (\`ssh-add\`), or name it as IdentityFile in ~/.ssh/config.`
      : `${first} is protected by a passphrase: load it into your ssh agent with \`ssh-add ${first}\`.`;
  return unavailable(settings, why, hint, cause);
}

/** The algorithms, those of known keys first: then the host shows a key that can be compared. */
function preferred(types: readonly string[]): string[] {
  const known = types.flatMap((type) => ALGORITHMS[type] ?? [type]);
  return [...new Set([...known, ...HOST_KEY_ALGORITHMS])].filter((name) =>
    HOST_KEY_ALGORITHMS.includes(name),
  );
}

/**
 * Opens one ssh connection, through the hosts on the way. Every one's host key has to be known, as
 * OpenSSH demands; nobody is asked.
 *
 * @throws `RUNTIME_UNAVAILABLE`.
 */
export async function openSshConnection(settings: SshSettings): Promise<Client> {
  const { via } = settings;
  if (via === undefined) return open(settings, undefined);
  const jump = await openSshConnection(via);
  try {
    const socket = await forward(jump, via, settings);
    const client = await open(settings, socket);
    client.once("close", () => jump.end());
    return client;
  } catch (error) {
    jump.end();
    throw error;
  }
}

function forward(jump: Client, via: SshSettings, to: SshSettings): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    jump.forwardOut("127.0.0.1", 0, to.host, to.port, (error, channel) => {
      if (error) {
        const why = `${via.host} cannot reach it: ${error.message}`;
        reject(unavailable(to, why, `Check that \`${byHand(to)}\` works on ${via.host}.`, error));
      } else resolve(channel);
    });
  });
}

async function open(settings: SshSettings, sock: Duplex | undefined): Promise<Client> {
  const { default: ssh2 } = await import("ssh2");
  const { port, username, strictHostKeyChecking, hostKeyAlias } = settings;
  const [name, namedPort] = hostKeyAlias === undefined ? [settings.host, port] : [hostKeyAlias, 22];
  const entries = entriesFor(settings.knownHosts, name, namedPort);
  const hasAuthority = entries.some(({ mark }) => mark === "cert-authority");
  const authentication = await authenticationOf(settings);
  const acceptsAny = strictHostKeyChecking === "no" || strictHostKeyChecking === "off";
  let verdict: HostKeyVerdict = "known";
  let shown: Buffer | undefined;
  const config: ConnectConfig = {
    host: settings.host,
    port,
    username,
    readyTimeout: READY_LIMIT_MS,
    keepaliveInterval: KEEP_ALIVE_MS,
    authHandler: authentication.methods,
    hostVerifier: (key: Buffer) => {
      verdict = judge(entries, key);
      shown = key;
      if (verdict === "unknown") return acceptsAny || strictHostKeyChecking === "accept-new";
      return verdict === "known" || (verdict === "changed" && acceptsAny);
    },
    algorithms: {
      serverHostKey: preferred(
        entries.flatMap(({ mark, type }) => (mark === undefined ? [type] : [])),
      ) as never,
    },
    ...(sock === undefined ? {} : { sock: sock as never }),
  };
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    client.once("ready", () => {
      const isNew = verdict === "unknown" && strictHostKeyChecking === "accept-new";
      const stored =
        isNew && shown ? rememberHost(settings.knownHostsFile, name, namedPort, shown) : undefined;
      void Promise.resolve(stored).then(() => resolve(client));
    });
    client.once("close", () => reject(failed(settings, new Error("it closed the connection"))));
    client.on("error", (error: Error & { level?: string }) => {
      // An agent that is gone is passed over: the next way to log in is tried.
      if (error.level === "agent") return;
      client.end();
      if (verdict !== "known" && error.level === "handshake")
        reject(refusedKey(settings, verdict, shown, hasAuthority, error));
      else if (error.level === "client-authentication")
        reject(refusedLogin(settings, authentication, error));
      else reject(failed(settings, error));
    });
    client.connect(config);
  });
}

function failed(settings: SshSettings, error: Error): K3dError {
  return unavailable(settings, error.message, `Check that \`${byHand(settings)}\` works.`, error);
}
