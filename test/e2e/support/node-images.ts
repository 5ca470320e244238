import type { Engine } from "./engine.js";

/** Ids of the images of a node by their names, as the kubelet sees them. */
export async function imagesOfNode(engine: Engine, node: string): Promise<Record<string, string>> {
  const output = await engine.client("exec", node, "crictl", "images", "--output", "json");
  const { images } = JSON.parse(output) as { images: { id: string; repoTags: string[] }[] };
  return Object.fromEntries(images.flatMap(({ id, repoTags }) => repoTags.map((tag) => [tag, id])));
}
