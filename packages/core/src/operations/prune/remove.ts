import { rm } from "node:fs/promises";
import { deleteCluster } from "../clusters/delete-cluster.js";
import type { Collaborators } from "../../steps/world.js";
import { unlessMissing } from "../../errors/index.js";
import { removeEntries } from "../../kubeconfig/remove-entries.js";
import type { CallOptions } from "../../runtime/common.js";
import type { PruneItem, PruneKind } from "./operations.js";

/** Removes one item. @throws what the runtime throws, e.g. `NETWORK_IN_USE`; that it is gone already is no failure. */
export async function removeItem(
  item: PruneItem,
  deps: Collaborators,
  options: CallOptions,
): Promise<void> {
  await REMOVERS[item.kind](item, deps, options);
}

type Remover = (item: PruneItem, deps: Collaborators, options: CallOptions) => Promise<void>;

const removeContainer: Remover = ({ id }, { runtime }, options) =>
  unlessMissing(runtime.containers.remove(id, { ...options, force: true, volumes: true }));

const REMOVERS: Readonly<Record<PruneKind, Remover>> = {
  cluster: ({ name }, deps, { signal }) => unlessMissing(deleteCluster(name, deps, { signal })),
  expired: ({ name }, deps, { signal }) => unlessMissing(deleteCluster(name, deps, { signal })),
  node: removeContainer,
  registry: removeContainer,
  network: ({ id }, { runtime }, options) => unlessMissing(runtime.networks.remove(id, options)),
  volume: ({ id }, { runtime }, options) => unlessMissing(runtime.volumes.remove(id, options)),
  image: ({ id }, { runtime }, options) => runtime.images.remove(id, options),
  kubeconfig: async ({ cluster = "" }, { kubeconfigStore }, { signal }) => {
    const { failures } = await removeEntries(kubeconfigStore, cluster, { signal });
    if (failures[0] !== undefined) throw failures[0];
  },
  file: ({ id }) => rm(id, { recursive: true, force: true }),
  runtime: async ({ id }, { runtime }, options) => {
    await runtime.housekeeping?.removeLeftover(id, options);
  },
};
