import { K3dError } from "@k3d/core/runtime";
import type { AnyAuthMethod, Client, ConnectConfig } from "ssh2";
import { entriesFor, judge, rememberHost, type HostKeyVerdict } from "./known-hosts.js";
import type { SshSettings } from "./settings.js";

const READY_LIMIT_MS = 20_000;
const KEEP_ALIVE_MS = 30_000;

/** Key types by the signature algorithms that they allow. */
const ALGORITHMS: Record<string, string[]> = {
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"],
};

const VERDICTS: Record<Exclude<HostKeyVerdict, "known">, { message: string; hint: string }> = {
  unknown: {
    message: "its host key is not known",
    hint: "Connect once with `ssh` and check and accept the key.",
  },
  changed: {
    message: "its host key is not the known one",
    hint: "Somebody may be intercepting the connection. If the host was set up anew, remove its old key with `ssh-keygen -R HOST`.",
  },
  revoked: {
    message: "its host key is revoked",
    hint: "Ask the host's administrator for its new key.",
  },
};

async function authMethods(settings: SshSettings): Promise<AnyAuthMethod[]> {
  const { default: ssh2 } = await import("ssh2");
  const { username, agent } = settings;
  const keys = settings.privateKeys.filter((key) => !(ssh2.utils.parseKey(key) instanceof Error));
  return [
    ...(agent === undefined ? [] : [{ type: "agent" as const, username, agent }]),
    ...keys.map((key) => ({ type: "publickey" as const, username, key })),
  ];
}

function unavailable(settings: SshSettings, why: string, hint: string, cause?: unknown): K3dError {
  return new K3dError(
    "RUNTIME_UNAVAILABLE",
    `Cannot connect to ${settings.host}:${settings.port} by ssh: ${why}`,
    { hint, cause },
  );
}

/**
 * Opens one ssh connection. The host key has to be known, as OpenSSH demands.
 *
 * @throws `RUNTIME_UNAVAILABLE`.
 */
export async function openSshConnection(settings: SshSettings): Promise<Client> {
  const { default: ssh2 } = await import("ssh2");
  const { host, port, username, strictHostKeyChecking } = settings;
  const entries = entriesFor(settings.knownHosts, host, port);
  const knownTypes = [...new Set(entries.map(({ type }) => type))].flatMap(
    (type) => ALGORITHMS[type] ?? [type],
  );
  const methods = await authMethods(settings);
  let verdict: HostKeyVerdict = "known";
  let shown: Buffer | undefined;
  const config: ConnectConfig = {
    host,
    port,
    username,
    readyTimeout: READY_LIMIT_MS,
    keepaliveInterval: KEEP_ALIVE_MS,
    authHandler: methods,
    hostVerifier: (key: Buffer) => {
      verdict = judge(entries, key);
      shown = key;
      if (verdict === "unknown")
        return strictHostKeyChecking === "no" || strictHostKeyChecking === "accept-new";
      return verdict === "known" || (verdict === "changed" && strictHostKeyChecking === "no");
    },
    ...(knownTypes.length > 0 ? { algorithms: { serverHostKey: knownTypes as never } } : {}),
  };
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    client.once("ready", () => {
      const isNew = verdict === "unknown" && strictHostKeyChecking === "accept-new";
      const stored =
        isNew && shown ? rememberHost(settings.knownHostsFile, host, port, shown) : undefined;
      void Promise.resolve(stored).then(() => resolve(client));
    });
    client.on("error", (error: Error & { level?: string }) => {
      client.end();
      if (verdict !== "known" && error.level === "handshake") {
        const { message, hint } = VERDICTS[verdict];
        reject(unavailable(settings, message, hint, error));
        return;
      }
      const hint =
        error.level === "client-authentication"
          ? `Load a key that ${username}@${host} accepts into your ssh agent (\`ssh-add\`), or name it as IdentityFile in ~/.ssh/config.`
          : `Check that \`ssh ${username}@${host}\` works.`;
      reject(unavailable(settings, error.message, hint, error));
    });
    client.connect(config);
  });
}
