import type { Readable } from "node:stream";
import { parseImageReference, type PullOptions, type PullProgress } from "@k3d/core/runtime";
import type { Engine } from "../engine/engine.js";
import { jsonLines } from "../engine/streams.js";
import type { RegistryCredentials } from "./credentials.js";

/** Finds the credentials for a registry, where the user has any. */
export type CredentialSource = (
  domain: string,
  signal?: AbortSignal,
) => Promise<RegistryCredentials | undefined>;

/** Sums the engine's per-layer reports. */
class LayerProgress {
  readonly #layers = new Map<string, { current: number; total: number }>();

  update(line: Record<string, unknown>): PullProgress {
    const { id, status, progressDetail } = line as {
      id?: string;
      status?: string;
      progressDetail?: { current?: number; total?: number };
    };
    if (id !== undefined && status === "Downloading" && progressDetail?.total) {
      this.#layers.set(id, { current: progressDetail.current ?? 0, total: progressDetail.total });
    }
    const layer = id === undefined ? undefined : this.#layers.get(id);
    if (layer && /^(?:Download|Pull) complete$/.test(status ?? "")) layer.current = layer.total;
    const layers = [...this.#layers.values()];
    const message = id === undefined ? (status ?? "") : `${id}: ${status ?? ""}`;
    if (layers.length === 0) return { message };
    return {
      message,
      current: layers.reduce((sum, entry) => sum + entry.current, 0),
      total: layers.reduce((sum, entry) => sum + entry.total, 0),
    };
  }
}

/** @see ImageOperations.pull */
export async function pullImage(
  engine: Engine,
  credentials: CredentialSource,
  reference: string,
  options: PullOptions,
): Promise<void> {
  const { signal, platform, onProgress } = options;
  const { domain, path, tag, digest } = parseImageReference(reference);
  const authconfig = await credentials(domain, signal);
  await engine.call("pull", "image", reference, signal, async (request) => {
    const stream = (await engine.docker.createImage(
      ...([
        ...(authconfig === undefined ? [] : [authconfig]),
        {
          ...request,
          fromImage: `${domain}/${path}`,
          tag: digest ?? tag ?? "latest",
          ...(platform === undefined ? {} : { platform }),
        },
      ] as unknown as Parameters<typeof engine.docker.createImage>),
    )) as unknown as Readable;
    const progress = new LayerProgress();
    for await (const line of jsonLines(stream)) {
      if (typeof line.error === "string") throw new Error(line.error);
      onProgress?.(progress.update(line));
    }
  });
}
