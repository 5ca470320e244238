import { APP, type CallOptions, isK3dError, K3dError, LABELS, missing } from "@k3d/core";

/** What `volume delete --json` and `network delete --json` print. */
export interface DeleteResult {
  deleted: string[];
}

interface Objects {
  inspect(
    name: string,
    options: CallOptions,
  ): Promise<{ name: string; labels: Record<string, string> }>;
  list(
    options: CallOptions & { labels: Record<string, string> },
  ): Promise<{ name: string; labels: Record<string, string> }[]>;
  remove(name: string, options: CallOptions): Promise<void>;
}

/**
 * Deletes objects that users made with k3d, all or none of them.
 *
 * @throws K3dError `NOT_FOUND`, `INVALID_INPUT` (not made so), `VOLUME_IN_USE`, `NETWORK_IN_USE`
 */
export async function deleteExternal(
  kind: "volume" | "network",
  names: readonly string[],
  objects: Objects,
  options: CallOptions,
): Promise<DeleteResult> {
  const unique = [...new Set(names)];
  for (const name of unique) {
    const { labels } = await objects.inspect(name, options).catch(async (error: unknown) => {
      if (!isK3dError(error, "NOT_FOUND")) throw error;
      const labelled = await objects.list({ ...options, labels: { [LABELS.app]: APP } });
      const own = labelled.filter((object) => object.labels[LABELS.external] === "true");
      throw missing(kind, [name], own);
    });
    if (labels[LABELS.external] === "true") continue;
    const cluster = labels[LABELS.cluster];
    throw new K3dError("INVALID_INPUT", `${name} was not made with k3d ${kind} create`, {
      hint:
        cluster === undefined
          ? "Delete it with the container engine's own client."
          : `It goes with its cluster: k3d cluster delete ${cluster}`,
    });
  }
  for (const name of unique) await objects.remove(name, options);
  return { deleted: unique };
}
