import { mkdir, rm } from "node:fs/promises";
import { run } from "../../engine/host/command.ts";

/** Packs a root file system so that the same files always make the same bytes. */
export async function packLayer(root: string, layer: string): Promise<void> {
  await run("tar", [
    "--sort=name",
    "--mtime=@0",
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    "--format=gnu",
    "-C",
    root,
    "-cf",
    layer,
    ".",
  ]);
}

/**
 * Makes a recipe's `pack` from what fills an empty folder.
 *
 * @param fill writes the root file system into the folder
 */
export function packed(fill: (root: string) => Promise<void>): (layer: string) => Promise<void> {
  return async (layer) => {
    const root = `${layer}.root`;
    await mkdir(root);
    await fill(root);
    await packLayer(root, layer);
    await rm(root, { recursive: true });
  };
}
