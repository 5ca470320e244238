import { setGlobalProxyFromEnv } from "node:http";
import {
  channelImage,
  listReleaseChannels,
  releaseChannel,
  type ChannelOptions,
  type ReleaseChannel,
} from "@k3d/core";

/**
 * The newest node image of the release channel that `image` stands for; `undefined` when it stands
 * for itself. `K3D_CHANNEL_SERVER` is the base URL of another channel service; the proxy of the
 * environment is used.
 *
 * @throws K3dError as core's `channelImage` does
 */
export async function newestInChannel(
  image: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const channel = releaseChannel(image);
  return channel === undefined
    ? undefined
    : throughProxy(() => channelImage(channel, here(signal)));
}

/** Every release channel. @throws K3dError as core's `listReleaseChannels` does */
export function releaseChannels(signal: AbortSignal): Promise<ReleaseChannel[]> {
  return throughProxy(() => listReleaseChannels(here(signal)));
}

function here(signal: AbortSignal): ChannelOptions {
  const service = process.env.K3D_CHANNEL_SERVER?.trim();
  return { fetch, signal, ...(service ? { service } : {}) };
}

/** Node from 24.14 on can give `fetch` the environment's proxy; an older one asks directly. */
export async function throughProxy<T>(ask: () => Promise<T>): Promise<T> {
  const set = setGlobalProxyFromEnv as typeof setGlobalProxyFromEnv | undefined;
  const restore = set?.(process.env);
  try {
    return await ask();
  } finally {
    restore?.();
  }
}
