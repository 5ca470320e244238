import { rm } from "node:fs/promises";
import { isMissing, removeEntries, unlessMissing, type CallOptions } from "@k3d/core";
import type { PruneItem, PruneKind, PruneServices } from "./operations.js";

/** Removes one item. @throws what the runtime throws, e.g. `NETWORK_IN_USE`; that it is gone already is no failure. */
export async function removeItem(
  item: PruneItem,
  services: PruneServices,
  options: CallOptions,
): Promise<void> {
  await REMOVERS[item.kind](item, services, options);
}

type Remover = (item: PruneItem, services: PruneServices, options: CallOptions) => Promise<void>;

const removeContainer: Remover = ({ id }, { collaborators: { runtime } }, options) =>
  unlessMissing(runtime.containers.remove(id, { ...options, force: true, volumes: true }));

const removeCluster: Remover = async ({ name }, { clusters }, options) => {
  try {
    await clusters.delete(name, options);
  } catch (error) {
    if (!isMissing(error, "cluster")) throw error;
  }
};

const REMOVERS: Readonly<Record<PruneKind, Remover>> = {
  cluster: removeCluster,
  expired: removeCluster,
  node: removeContainer,
  registry: removeContainer,
  network: ({ id }, { collaborators: { runtime } }, options) =>
    unlessMissing(runtime.networks.remove(id, options)),
  volume: ({ id }, { collaborators: { runtime } }, options) =>
    unlessMissing(runtime.volumes.remove(id, options)),
  image: ({ id }, { collaborators: { runtime } }, options) => runtime.images.remove(id, options),
  kubeconfig: async ({ cluster = "" }, { collaborators: { kubeconfigStore } }, { signal }) => {
    const { failures } = await removeEntries(kubeconfigStore, cluster, { signal });
    if (failures[0] !== undefined) throw failures[0];
  },
  file: ({ id }) => rm(id, { recursive: true, force: true }),
  runtime: async ({ id }, { collaborators: { runtime } }, options) => {
    await runtime.housekeeping?.removeLeftover(id, options);
  },
};
