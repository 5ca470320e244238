import { cp, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../engine/host/command.ts";
import { buildImage } from "../../images/build/cache.ts";
import { recipeHash } from "../../images/build/recipe-hash.ts";
import { TEST_IMAGES } from "../../images/catalog.ts";
import { makeDisk } from "./base-image.ts";
import { CACHE, CHECKOUT, GUEST } from "./places.ts";

/** The versions of Node that the CLI is run with inside: the oldest it supports, and this one. */
export const NODE_VERSIONS = { "22": "22.18.0", "24": process.versions.node } as const;

export type NodeVersion = keyof typeof NODE_VERSIONS;

/** Not for the machine: history, tools of this one, and the machines themselves. */
const LEFT_OUT = new Set([".git", ".tools"]);

/**
 * Packs the second disk of a machine: this checkout with its dependencies and what is built of it,
 * the offline images, and Node.
 *
 * @param disk the file to write
 */
export async function packPayload(disk: string): Promise<void> {
  for (const { name, offline, recipe } of TEST_IMAGES) {
    await buildImage(name, offline, recipe(), recipeHash(recipe(), CHECKOUT));
  }
  const tree = await mkdtemp(join(CACHE, ".payload-"));
  try {
    await copyCheckout(join(tree, "checkout"));
    await copyNode(tree);
    const size = Number((await run("du", ["-sm", tree])).split("\t", 1)[0]);
    await makeDisk(tree, disk, `${Math.ceil(size * 1.3) + 512}M`);
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}

/** By hard links, so that it costs neither time nor space. */
async function copyCheckout(target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  const entries = (await readdir(CHECKOUT)).filter((name) => !LEFT_OUT.has(name));
  await run("cp", ["-al", ...entries.map((name) => join(CHECKOUT, name)), target]);
  const tools = join(target, ".tools");
  await mkdir(join(tools, "bin"), { recursive: true });
  await writeFile(
    join(tools, "bin", "node"),
    `#!/bin/sh\nexec ${GUEST}/node/\${K3D_TEST_NODE:-24}/node "$@"\n`,
    { mode: 0o755 },
  );
  const variables = TEST_IMAGES.filter(({ variable }) => variable !== undefined);
  await writeFile(
    join(tools, "offline-images.env"),
    variables.map(({ variable, offline }) => `${variable}=${offline}\n`).join(""),
  );
}

async function copyNode(tree: string): Promise<void> {
  for (const version of Object.keys(NODE_VERSIONS) as NodeVersion[]) {
    const folder = join(tree, "node", version);
    await mkdir(folder, { recursive: true });
    const binary = version === "24" ? await realpath(process.execPath) : await otherNode(version);
    await cp(binary, join(folder, "node"));
  }
}

/** From the npm package that carries the binary, as the checkout's own Node. */
async function otherNode(version: NodeVersion): Promise<string> {
  const number = NODE_VERSIONS[version];
  const folder = join(CACHE, `node-${number}`);
  const name = `node-linux-${process.arch}`;
  await mkdir(folder, { recursive: true });
  await run("npm", [
    "install",
    `--prefix=${folder}`,
    "--no-save",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    `${name}@${number}`,
  ]);
  return join(folder, "node_modules", name, "bin", "node");
}
