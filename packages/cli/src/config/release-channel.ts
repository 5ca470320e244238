import { isK3dError, K3dError, toK3dError } from "@k3d/core";

/** https://docs.k3s.io/upgrades/automated: the service that k3s' own upgrades ask. */
const CHANNEL_SERVICE = "https://update.k3s.io/v1-release/channels";
const NODE_REPOSITORY = "docker.io/rancher/k3s";
const TIME_LIMIT_MS = 10_000;

export interface ChannelOptions {
  signal: AbortSignal;
  /** Base URL of the channel service. */
  service?: string;
}

/** The release channel of k3s that an image stands for: `stable`, `latest`, or what follows a `+`. */
export function releaseChannel(image: string): string | undefined {
  if (image === "latest" || image === "stable") return image;
  return image.startsWith("+") ? image.slice(1) : undefined;
}

/**
 * The node image of the newest release in a channel, e.g. `docker.io/rancher/k3s:v1.33.6-k3s1`.
 *
 * The service answers with a redirection to the release; its last part is the version.
 *
 * @throws K3dError `INVALID_INPUT` for an unknown channel, `REMOTE_UNAVAILABLE` when the service cannot
 * be asked
 */
export async function channelImage(
  channel: string,
  { signal, service = CHANNEL_SERVICE }: ChannelOptions,
): Promise<string> {
  const url = `${service}/${encodeURIComponent(channel)}`;
  try {
    const response = await fetch(url, {
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIME_LIMIT_MS)]),
    });
    await response.body?.cancel();
    if (response.status === 404) {
      throw new K3dError("INVALID_INPUT", `k3s has no release channel "${channel}"`, {
        hint: "Channels are stable, latest, testing and minor versions such as v1.33",
      });
    }
    const version = releaseOf(response.headers.get("location"));
    if (version === undefined) throw new Error(`unexpected answer, status ${response.status}`);
    return `${NODE_REPOSITORY}:${version.replaceAll("+", "-")}`;
  } catch (error) {
    if (signal.aborted) throw toK3dError(signal.reason);
    if (isK3dError(error)) throw error;
    throw new K3dError(
      "REMOTE_UNAVAILABLE",
      `The release channel "${channel}" cannot be asked at ${url}: ${reason(error)}`,
      {
        hint: `Name an image with its tag, e.g. --image ${NODE_REPOSITORY}:v1.33.6-k3s1`,
        cause: error,
      },
    );
  }
}

/** `v1.33.6+k3s1` of `https://github.com/k3s-io/k3s/releases/tag/v1.33.6%2Bk3s1`. */
function releaseOf(location: string | null): string | undefined {
  const last = location?.split("/").at(-1) ?? "";
  const version = URL.canParse(location ?? "") ? decodeURIComponent(last) : "";
  return /^v\d+\.\d+\.\d+[\w.+-]*$/.test(version) ? version : undefined;
}

function reason(error: unknown): string {
  const { message, cause } = toK3dError(error);
  const deeper =
    cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : undefined;
  return deeper ?? message;
}
