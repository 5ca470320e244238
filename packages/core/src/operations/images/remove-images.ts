import { K3dError } from "../../errors/index.js";
import { fullImageReference, isImageId } from "../../image/reference.js";
import type { NodeView } from "../../node/views.js";
import { exec } from "../../runtime/run-command.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import type { CallOptions } from "../../runtime/common.js";
import { membersOf } from "./members.js";
import { criImages } from "./node/images.js";
import type { ImagePruneOptions, ImageRemoveOptions, NodeImage } from "./operations.js";

/** The image of pods' own sandboxes, which no container names; newer containerd says that it is pinned. */
const SANDBOX = /\/(?:mirrored-)?pause[:@]/;

/** See `ClusterImageOperations.list`. */
export async function listImages(
  runtime: ContainerRuntime,
  clusters: readonly string[],
  options: CallOptions,
): Promise<NodeImage[]> {
  const nodes = await running(runtime, clusters, options);
  const lists = await Promise.all(nodes.map((node) => imagesIn(runtime, node, options)));
  return lists.flat();
}

/** See `ClusterImageOperations.remove`. */
export async function removeImages(
  runtime: ContainerRuntime,
  clusters: readonly string[],
  references: readonly string[],
  { force = false, ...options }: ImageRemoveOptions,
): Promise<NodeImage[]> {
  const nodes = await running(runtime, clusters, options);
  const all = (await Promise.all(nodes.map((node) => imagesIn(runtime, node, options)))).flat();
  const wanted = references.map((text) => ({
    text,
    is: isImageId(text) ? text : fullImageReference(text),
  }));
  const missing = wanted.filter(({ is }) => !all.some((image) => isCalled(image, is)));
  if (missing.length > 0) {
    const names = missing.map(({ text }) => text).join(", ");
    throw new K3dError("IMAGE_NOT_FOUND", `No node has ${names}`, {
      hint: `See what there is with: k3d image list --cluster ${clusters.join(",")}`,
    });
  }
  const chosen = all.filter((image) => wanted.some(({ is }) => isCalled(image, is)));
  const used = force ? undefined : chosen.find(({ inUse }) => inUse === true);
  if (used !== undefined) {
    throw new K3dError(
      "INVALID_INPUT",
      `Image '${used.names[0] ?? used.id}' is in use on ${used.node}`,
      { hint: "Delete the pods that use it, or remove it with --force." },
    );
  }
  await removeAll(nodes, chosen, async (node, image) => {
    const names = [...image.names, ...image.digests];
    const taken = names.filter((name) => wanted.some(({ is }) => is === name));
    // The CRI removes an image with all of its names.
    const keepsOthers = taken.length > 0 && taken.length < names.length;
    const args = keepsOthers
      ? ["ctr", "--namespace", "k8s.io", "images", "rm", ...taken]
      : ["crictl", "rmi", image.id];
    await exec(runtime, node.id, args, options);
  });
  return chosen;
}

/** See `ClusterImageOperations.prune`. */
export async function pruneImages(
  runtime: ContainerRuntime,
  clusters: readonly string[],
  { all = false, dryRun = false, ...options }: ImagePruneOptions,
): Promise<NodeImage[]> {
  const nodes = await running(runtime, clusters, options);
  const lists = await Promise.all(nodes.map((node) => imagesIn(runtime, node, options)));
  const unused = lists
    .flat()
    .filter(
      ({ inUse, names, digests }) =>
        inUse === false && (all || names.length + digests.length === 0),
    );
  if (dryRun) return unused;
  await removeAll(nodes, unused, async (node, image) => {
    await exec(runtime, node.id, ["crictl", "rmi", image.id], options);
  });
  return unused;
}

async function running(
  runtime: ContainerRuntime,
  clusters: readonly string[],
  options: CallOptions,
): Promise<NodeView[]> {
  const members = await membersOf(runtime, clusters, options);
  return members.filter(({ status }) => status === "running");
}

async function imagesIn(
  runtime: ContainerRuntime,
  node: NodeView,
  options: CallOptions,
): Promise<NodeImage[]> {
  const [images, used] = await Promise.all([
    criImages(runtime, node, options),
    usedImages(runtime, node, options),
  ]);
  return images.map(({ id, repoTags, repoDigests, size, pinned }) => {
    const names = repoTags ?? [];
    const digests = repoDigests ?? [];
    const known = [id, ...names, ...digests];
    const isNeeded = pinned === true || known.some((name) => SANDBOX.test(name));
    const inUse =
      isNeeded || (used === undefined ? undefined : known.some((name) => used.has(name)));
    return {
      node: node.name,
      cluster: node.cluster ?? "",
      id,
      names,
      digests,
      size: Number(size ?? 0),
      inUse,
    };
  });
}

/** Ids and names by which containers, also ended ones, have their images; absent when the node does not tell. */
async function usedImages(
  runtime: ContainerRuntime,
  node: NodeView,
  options: CallOptions,
): Promise<Set<string> | undefined> {
  const args = ["crictl", "ps", "--all", "--output", "json"];
  const output = await exec(runtime, node.id, args, options);
  try {
    const { containers = [] } = JSON.parse(output) as {
      containers?: { image?: { image?: string }; imageRef?: string }[];
    };
    return new Set(
      containers.flatMap(({ image, imageRef }) => [image?.image ?? "", imageRef ?? ""]),
    );
  } catch {
    // A table of nothing but its head, as tools write it that know no other form.
    return output.trim().split("\n").length === 1 ? new Set() : undefined;
  }
}

async function removeAll(
  nodes: readonly NodeView[],
  images: readonly NodeImage[],
  remove: (node: NodeView, image: NodeImage) => Promise<void>,
): Promise<void> {
  const byNode = Map.groupBy(images, ({ node }) => node);
  const outcomes = await Promise.allSettled(
    nodes.map(async (node) => {
      for (const image of byNode.get(node.name) ?? []) await remove(node, image);
    }),
  );
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

function isCalled({ id, names, digests }: NodeImage, name: string): boolean {
  return id === name || id === `sha256:${name}` || names.includes(name) || digests.includes(name);
}
