import { abortError, K3dError } from "@k3d/core/runtime";
import type { DockerConfig } from "../endpoint/docker-config.js";

/** What the engine takes as `X-Registry-Auth`. */
export interface RegistryCredentials {
  username?: string;
  password?: string;
  identitytoken?: string;
  serveraddress: string;
}

/** Docker Hub is filed under its first API's address. */
const DOCKER_HUB_KEY = "https://index.docker.io/v1/";
/** Username by which a helper says that the secret is an identity token. */
const TOKEN_USER = "<token>";

/** What a helper answers. */
interface HelperAnswer {
  Username: string;
  Secret: string;
}

/** Asks `docker-credential-<helper>` for a server's credentials; `undefined` when it has none. */
export type CredentialHelper = (
  helper: string,
  server: string,
) => Promise<HelperAnswer | undefined>;

/** `undefined` for anything but an answer. The parser's own error would quote the text, which may hold the secret. */
function readAnswer(text: string): HelperAnswer | undefined {
  try {
    const { Username, Secret } = JSON.parse(text) as Partial<Record<string, unknown>>;
    return typeof Username === "string" && typeof Secret === "string"
      ? { Username, Secret }
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Runs credential helpers found on the PATH of `env`.
 *
 * @throws from the helpers: `COMMAND_FAILED`, `ABORTED`; never with what a helper wrote to standard output.
 */
export function helperRunner(
  env: Readonly<Record<string, string | undefined>>,
  signal?: AbortSignal,
): CredentialHelper {
  return async (helper, server) => {
    const { execa } = await import("execa");
    const command = `docker-credential-${helper}`;
    const hint = `Run \`echo ${server} | ${command} get\` to see why, or correct "credsStore"/"credHelpers" in Docker's config.json.`;
    const result = await execa(command, ["get"], {
      input: server,
      env: env as Record<string, string>,
      extendEnv: false,
      reject: false,
      cancelSignal: signal,
    });
    if (signal?.aborted) throw abortError(signal);
    if (!result.failed) {
      const answer = readAnswer(result.stdout);
      if (answer !== undefined) return answer;
      throw new K3dError(
        "COMMAND_FAILED",
        `The credential helper ${command} gave no valid answer for ${server}`,
        { hint, details: { command: [command, "get"] } },
      );
    }
    if (/credentials not found/i.test(`${result.stdout}${result.stderr}`)) return undefined;
    throw new K3dError("COMMAND_FAILED", `The credential helper ${command} failed for ${server}`, {
      hint,
      details: {
        command: [command, "get"],
        exitCode: result.exitCode,
        stderr: String(result.stderr),
      },
      ...(result.code === undefined ? {} : { cause: result.cause }),
    });
  };
}

function keysOf(domain: string): string[] {
  return domain === "docker.io"
    ? [DOCKER_HUB_KEY, "index.docker.io", "docker.io"]
    : [domain, `https://${domain}`, `http://${domain}`];
}

function fromAuthEntry(config: DockerConfig, domain: string): RegistryCredentials | undefined {
  const auths = config.auths ?? {};
  const keys = keysOf(domain);
  const key =
    keys.find((candidate) => candidate in auths) ??
    Object.keys(auths).find(
      (candidate) => candidate.replace(/^https?:\/\//, "").split("/")[0] === domain,
    );
  const entry = key === undefined ? undefined : auths[key];
  if (entry === undefined) return undefined;
  const serveraddress = keys[0] as string;
  if (entry.identitytoken) return { identitytoken: entry.identitytoken, serveraddress };
  const [username = "", password] = entry.auth
    ? Buffer.from(entry.auth, "base64").toString("utf8").split(/:(.*)/s)
    : [entry.username, entry.password];
  return username && password !== undefined
    ? { username, password: password.replace(/\0+$/, ""), serveraddress }
    : undefined;
}

/**
 * The credentials for a registry as Docker's own client finds them in
 * `config.json`: a helper for this registry, else the helper for all, else the
 * file itself. `undefined`: none, pull anonymously.
 */
export async function findCredentials(
  config: DockerConfig,
  domain: string,
  ask: CredentialHelper,
): Promise<RegistryCredentials | undefined> {
  const keys = keysOf(domain);
  const helperKey = keys.find((key) => config.credHelpers?.[key]);
  const helper = helperKey === undefined ? config.credsStore : config.credHelpers?.[helperKey];
  if (helper) {
    const server = helperKey ?? (keys[0] as string);
    const answer = await ask(helper, server);
    if (answer?.Secret) {
      return answer.Username === TOKEN_USER
        ? { identitytoken: answer.Secret, serveraddress: server }
        : { username: answer.Username, password: answer.Secret, serveraddress: server };
    }
  }
  return fromAuthEntry(config, domain);
}
