import { K3dError } from "../errors/index.js";

const HINT = 'Write a URL such as "https://registry-1.docker.io" or "https://ghcr.io".';

/** Upstream that a pull-through registry caches. */
export interface RegistryProxy {
  /** E.g. `https://registry-1.docker.io`; without credentials. */
  remoteUrl: string;
  username?: string;
  password?: string;
}

/** Docker Hub's API hosts: references say `docker.io` instead. */
const DOCKER_HUB_HOSTS: readonly string[] = [
  "registry-1.docker.io",
  "index.docker.io",
  "docker.io",
];
const DOCKER_HUB_URL = "https://registry-1.docker.io";

/** What images of registries that serve every remote take for a URL, and containerd for a mirror's host. */
export const ANY_REMOTE = "*";

/**
 * The upstream of a pull-through registry. Credentials in the URL are taken
 * out of it, so that the URL can be shown; `docker.io` means Docker Hub's API,
 * and {@link ANY_REMOTE} is passed on as it is.
 *
 * @throws `INVALID_INPUT`, without the URL's password in the message.
 */
export function parseRegistryProxy(
  remoteUrl: string,
  credentials: { username?: string; password?: string } = {},
): RegistryProxy {
  if (remoteUrl === ANY_REMOTE) return { remoteUrl, ...credentials };
  const url = URL.canParse(remoteUrl) ? new URL(remoteUrl) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw invalid(`"${withoutPassword(remoteUrl)}" is not an http or https URL`);
  }
  if (url.search !== "" || url.hash !== "")
    throw invalid(`"${withoutPassword(remoteUrl)}" has a query or a fragment`);
  const username = credentials.username ?? decode(url.username);
  const password = credentials.password ?? decode(url.password);
  if (password !== undefined && username === undefined) {
    throw new K3dError("INVALID_INPUT", `A password for ${url.host} is given without a user name`, {
      hint: "Give the user name too, with --proxy-username or proxy.username.",
    });
  }
  url.username = "";
  url.password = "";
  const address = url.hostname === "docker.io" ? DOCKER_HUB_URL : url.href.replace(/\/+$/, "");
  return {
    remoteUrl: address,
    username,
    password,
  };
}

/** The host that references to an upstream's images carry. */
export function proxiedHost(remoteUrl: string): string {
  if (remoteUrl === ANY_REMOTE) return remoteUrl;
  const { host } = new URL(remoteUrl);
  return DOCKER_HUB_HOSTS.includes(host) ? "docker.io" : host;
}

function decode(part: string): string | undefined {
  try {
    return part === "" ? undefined : decodeURIComponent(part);
  } catch {
    throw invalid("its user name or password has a % that is not followed by two hex digits");
  }
}

function withoutPassword(text: string): string {
  return text.replace(/\/\/[^/@\s]*@/, "//***@");
}

function invalid(reason: string): K3dError {
  return new K3dError("INVALID_INPUT", `Invalid URL of an upstream registry: ${reason}`, {
    hint: HINT,
  });
}
