import { isK3dError, K3dError, toK3dError } from "../errors/index.js";

/**
 * The service that k3s' own upgrades ask for releases:
 * https://docs.k3s.io/upgrades/automated
 */
export const CHANNEL_SERVICE = "https://update.k3s.io/v1-release/channels";
const NODE_REPOSITORY = "docker.io/rancher/k3s";
const TIME_LIMIT_MS = 5000;

/** The part of the platform's `fetch` that is needed here. */
export type Fetch = (
  url: string,
  init: { redirect: "manual" | "follow"; signal: AbortSignal },
) => Promise<FetchResponse>;

interface FetchResponse {
  status: number;
  headers: { get(name: string): string | null };
  text(): Promise<string>;
}

export interface ChannelOptions {
  fetch: Fetch;
  /** Base URL of the channel service. Default: {@link CHANNEL_SERVICE}. */
  service?: string;
  signal?: AbortSignal;
  /** Milliseconds until the service counts as unreachable. Default: 5000. */
  timeLimitMs?: number;
}

/** A release channel and its newest release. */
export interface ReleaseChannel {
  /** `stable`, `latest`, `v1.31` and so on. */
  name: string;
  /** `v1.31.5+k3s1` */
  version: string;
  /** Node image of that release. */
  image: string;
}

/** The release channel of k3s that an image stands for: `stable`, `latest`, or what follows a `+`. */
export function releaseChannel(image: string): string | undefined {
  if (image === "latest" || image === "stable") return image;
  return image.startsWith("+") ? image.slice(1) : undefined;
}

/** The node image of a release of k3s: `v1.31.5+k3s1` is `docker.io/rancher/k3s:v1.31.5-k3s1`. */
export function releaseImage(version: string): string {
  return `${NODE_REPOSITORY}:${version.replaceAll("+", "-")}`;
}

/**
 * The node image of the newest release in a channel.
 *
 * The service answers with a redirection to the release; its last part is the version.
 *
 * @throws K3dError `INVALID_INPUT` for an unknown channel, `REMOTE_UNAVAILABLE` when the service
 * cannot be asked, and what `signal` is aborted with
 */
export async function channelImage(channel: string, options: ChannelOptions): Promise<string> {
  const url = `${base(options)}/${encodeURIComponent(channel)}`;
  return asked(`The release channel "${channel}"`, url, "manual", options, (response) => {
    if (response.status === 404) {
      throw new K3dError("INVALID_INPUT", `k3s has no release channel "${channel}"`, {
        hint: "Channels are stable, latest, testing and minor versions such as v1.36.",
      });
    }
    const version = releaseOf(response.headers.get("location"));
    if (version === undefined) throw unexpected(response);
    return releaseImage(version);
  });
}

/**
 * Every release channel that has a release, in the order of the service.
 *
 * @throws K3dError `REMOTE_UNAVAILABLE`, and what `signal` is aborted with
 */
export async function listReleaseChannels(options: ChannelOptions): Promise<ReleaseChannel[]> {
  return asked("The release channels", base(options), "follow", options, async (response) => {
    if (response.status !== 200) throw unexpected(response);
    const { data } = JSON.parse(await response.text()) as { data?: unknown };
    if (!Array.isArray(data)) throw new Error("the answer is not a list of channels");
    return data.flatMap((entry: { name?: unknown; latest?: unknown } | null) => {
      const { name, latest } = entry ?? {};
      if (typeof name !== "string" || typeof latest !== "string" || !isVersion(latest)) return [];
      return [{ name, version: latest, image: releaseImage(latest) }];
    });
  });
}

async function asked<T>(
  what: string,
  url: string,
  redirect: "manual" | "follow",
  { fetch, signal: caller, timeLimitMs = TIME_LIMIT_MS }: ChannelOptions,
  read: (response: FetchResponse) => T | Promise<T>,
): Promise<T> {
  const limit = AbortSignal.timeout(timeLimitMs);
  const signal = caller === undefined ? limit : AbortSignal.any([caller, limit]);
  try {
    return await read(await fetch(url, { redirect, signal }));
  } catch (error) {
    if (caller?.aborted === true) throw toK3dError(caller.reason);
    if (isK3dError(error)) throw error;
    const why = limit.aborted ? `no answer within ${timeLimitMs / 1000} s` : reason(error);
    throw new K3dError("REMOTE_UNAVAILABLE", `${what} cannot be read from ${url}: ${why}`, {
      hint: `Name an image with its tag, e.g. --image ${releaseImage("v1.36.4+k3s1")}, or another service in K3D_CHANNEL_SERVER.`,
      cause: error,
    });
  }
}

function base({ service = CHANNEL_SERVICE }: ChannelOptions): string {
  return service.replace(/\/+$/, "");
}

function unexpected({ status }: FetchResponse): Error {
  return new Error(`unexpected answer, status ${status}`);
}

/** `v1.36.4+k3s1` of `https://github.com/k3s-io/k3s/releases/tag/v1.36.4%2Bk3s1`. */
function releaseOf(location: string | null): string | undefined {
  if (location === null || !URL.canParse(location)) return undefined;
  try {
    const version = decodeURIComponent(location.split("/").at(-1) ?? "");
    return isVersion(version) ? version : undefined;
  } catch {
    return undefined; // escapes that stand for nothing
  }
}

const isVersion = (text: string): boolean => /^v\d+\.\d+\.\d+[\w.+-]*$/.test(text);

/** What `fetch` rejects with says little; its cause tells what failed. */
function reason(error: unknown): string {
  let deepest: unknown = error;
  while (deepest instanceof Error && deepest.cause instanceof Error) deepest = deepest.cause;
  if (!(deepest instanceof Error)) return String(deepest);
  const { code } = deepest as NodeJS.ErrnoException;
  return deepest.message === "" && code !== undefined ? code : deepest.message;
}
