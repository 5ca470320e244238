import {
  APP,
  LABELS,
  OBJECT_PREFIX,
  isK3dError,
  type CallOptions,
  type ContainerRuntime,
} from "@k3d/core";
import { parseImageReference } from "@k3d/core/runtime";
import { type Inventory, isAlive, isNamed } from "./inventory.js";
import type { PruneFindings } from "./operations.js";

type Labels = Readonly<Record<string, string>>;

/** k3d labels all networks and volumes; the Go k3d gives networks no more than `app=k3d`, but a name of its own. */
function isOurs(name: string, labels: Labels): boolean {
  if (labels[LABELS.app] !== APP) return false;
  return (
    labels[LABELS.version] !== undefined ||
    labels[LABELS.cluster] !== undefined ||
    isNamed(name) ||
    name === OBJECT_PREFIX
  );
}

/** Networks of k3d's without member, whose cluster is gone; not those that users made. */
export async function findNetworks(
  runtime: ContainerRuntime,
  inventory: Inventory,
  options: CallOptions,
): Promise<PruneFindings> {
  const findings: PruneFindings = { items: [], skipped: [] };
  const staying = inventory.containers.filter(({ name }) => !inventory.gone.has(name));
  const inUse = new Set(staying.flatMap(({ networks }) => networks.map((network) => network.name)));
  for (const { id, name, labels } of await runtime.networks.list(options)) {
    if (!isOurs(name, labels)) {
      if (isNamed(name)) findings.skipped.push({ kind: "network", name, reason: NOT_LABELLED });
      continue;
    }
    if (labels[LABELS.external] === "true") continue;
    const cluster = labels[LABELS.cluster] ?? clusterOfNetwork(name);
    if (inUse.has(name) || (await isKept(cluster, labels, inventory))) continue;
    findings.items.push({
      kind: "network",
      id,
      name,
      ...withCluster(cluster),
      reason: why(cluster, "no container is on it"),
      labels,
    });
  }
  return findings;
}

/** Volumes of k3d's that no container mounts, whose cluster is gone; not those that users made. */
export async function findVolumes(
  runtime: ContainerRuntime,
  inventory: Inventory,
  options: CallOptions,
): Promise<PruneFindings> {
  const findings: PruneFindings = { items: [], skipped: [] };
  if (!(await runtime.capabilities).volumes) return findings;
  for (const { name, labels, created } of await runtime.volumes.list(options)) {
    if (!isOurs(name, labels)) {
      if (isNamed(name)) findings.skipped.push({ kind: "volume", name, reason: NOT_LABELLED });
      continue;
    }
    if (labels[LABELS.external] === "true") continue;
    const cluster = labels[LABELS.cluster];
    if (
      (await isKept(cluster, labels, inventory)) ||
      (await isMounted(runtime, name, inventory, options))
    )
      continue;
    const size = inventory.usage.volumes.get(name);
    findings.items.push({
      kind: "volume",
      id: name,
      name,
      ...withCluster(cluster),
      reason: why(cluster, "no container mounts it"),
      size,
      created,
      labels,
    });
  }
  return findings;
}

const NOT_LABELLED =
  "it has a name like k3d's, but none of k3d's labels; remove it by hand if it is yours";

/** Repositories that hold nothing but images for k3d: k3s' own and the Go k3d's helpers. */
function isK3dRepository(reference: string): boolean {
  try {
    const { domain, path } = parseImageReference(reference);
    return (
      (domain === "docker.io" && path === "rancher/k3s") ||
      (domain === "ghcr.io" && path.startsWith("k3d-io/"))
    );
  } catch {
    return false;
  }
}

/** Node and helper images, and those built by k3d, that no container uses. */
export async function findImages(
  runtime: ContainerRuntime,
  { containers, gone }: Inventory,
  options: CallOptions,
): Promise<PruneFindings> {
  const used = new Set(containers.filter(({ name }) => !gone.has(name)).map(({ image }) => image));
  const usedIds = new Set<string>();
  for (const image of used) {
    const info = await runtime.images.inspect(image, options).catch((error: unknown) => {
      if (isK3dError(error, "IMAGE_NOT_FOUND", "INVALID_INPUT")) return undefined;
      throw error;
    });
    if (info !== undefined) usedIds.add(info.id);
  }
  const images = await runtime.images.list(options);
  const items = images.flatMap(
    ({ id, references, size, created, labels }): PruneFindings["items"] => {
      const [first] = references;
      const ours =
        labels[LABELS.app] === APP || (first !== undefined && references.every(isK3dRepository));
      if (!ours || usedIds.has(id)) return [];
      return references.map((reference, position) => ({
        kind: "image",
        id: reference,
        name: reference,
        reason: "no container uses it",
        // Its content goes with the last of its names.
        size: position === 0 ? size : 0,
        created,
        labels,
      }));
    },
  );
  return { items, skipped: [] };
}

/** Where the engine does not tell the users of a volume, it refuses to remove one that has any. */
async function isMounted(
  runtime: ContainerRuntime,
  name: string,
  { gone }: Inventory,
  options: CallOptions,
): Promise<boolean> {
  const { usedBy = [] } = await runtime.volumes.inspect(name, options);
  return usedBy.some((container) => !gone.has(container));
}

/** Part of a cluster that lives, or of one that somebody makes right now. */
async function isKept(
  cluster: string | undefined,
  labels: Labels,
  inventory: Inventory,
): Promise<boolean> {
  if (cluster !== undefined && (isAlive(cluster, inventory) || isRemains(cluster, inventory)))
    return true;
  return (await inventory.isBeingMade(labels[LABELS.clusterId])) === true;
}

/** What belongs to the remains of a cluster goes with them. */
const isRemains = (cluster: string, { remains }: Inventory): boolean =>
  remains.some((gone) => gone.cluster.name === cluster);

const clusterOfNetwork = (name: string): string | undefined =>
  isNamed(name) ? name.slice(OBJECT_PREFIX.length + 1) : undefined;
const withCluster = (cluster: string | undefined): { cluster?: string } => ({ cluster });
const why = (cluster: string | undefined, otherwise: string): string =>
  cluster === undefined ? otherwise : `cluster ${cluster} is gone`;
