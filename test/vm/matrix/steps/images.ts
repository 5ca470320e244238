import type { Trial } from "../trial.ts";
import { mustEqual } from "./cluster.ts";

const IMAGE = "k3d.local/busybox:dev";

/** Names of the images that a node's containerd has, as the node tells. */
async function imagesOf(trial: Trial, node: string): Promise<string[]> {
  const text = await trial.exec(node, "crictl", "images", "-o", "json");
  const { images } = JSON.parse(text) as { images: { repoTags: string[] }[] };
  return images.flatMap(({ repoTags }) => repoTags);
}

export async function imageImport(trial: Trial): Promise<void> {
  await trial.k3d(["image", "import", IMAGE, "--cluster", trial.cluster]);
  for (const node of trial.nodeNames)
    mustEqual(`${node} has the image`, (await imagesOf(trial, node)).includes(IMAGE), true);
}

export async function registryCreate(trial: Trial): Promise<void> {
  await trial.k3d([
    "registry",
    "create",
    trial.registry,
    "--port",
    `127.0.0.1:${trial.registryPort}`,
  ]);
}

export async function registryPushAndPull(trial: Trial): Promise<void> {
  await trial.engine.push(trial.user, IMAGE, `127.0.0.1:${trial.registryPort}/vm/busybox:pushed`);
  const inside = `k3d-${trial.registry}:5000/vm/busybox:pushed`;
  for (const node of trial.nodeNames) {
    await trial.exec(node, "crictl", "pull", inside);
    mustEqual(`${node} has the image`, (await imagesOf(trial, node)).includes(inside), true);
  }
}
