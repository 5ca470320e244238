import type { Readable } from "node:stream";
import type { DesiredNode } from "../plan/desired.js";
import { packDirectories } from "../runtime/archive.js";
import type { Step } from "./graph.js";
import type { ApiOutcome } from "./ready.js";
import type { World } from "./world.js";

/** A tar archive to be unpacked at a node's root. */
export interface NodeArchive {
  /** For people. */
  what: string;
  /** Directory that must be there before. */
  directory: string;
  open(signal: AbortSignal): Promise<Readable>;
}

/** What a new cluster begins with instead of with nothing. */
export interface RestoredData {
  /** For people: name of the snapshot. */
  name: string;
  /** What is placed in a node's container before its first start. */
  archivesFor(node: DesiredNode, world: World): NodeArchive[];
  /** Makes good what only the running cluster can: nodes that are no more. */
  settle(world: World, outcome: ApiOutcome, signal: AbortSignal): Promise<void>;
  /** Looks that a running node made use of what it needed only to start, and takes it out. */
  tidy(node: DesiredNode, world: World, signal: AbortSignal): Promise<void>;
}

export const SETTLED_STEP = "restored:nodes";

/** Places a snapshot's data in the node's container, which was just made and goes with it. */
export function placeDataStep(name: string, world: World, restored: RestoredData): Step {
  const { containers } = world.runtime;
  return {
    id: `data:${name}`,
    title: `Place data of snapshot ${restored.name} in ${name}`,
    needs: [`container:${name}`],
    async run({ signal, progress }) {
      const archives = restored.archivesFor(world.node(name), world);
      if (archives.length === 0) return;
      const directories = archives.map(({ directory }) => directory);
      await containers.putArchive(name, "/", await packDirectories(directories), { signal });
      for (const { what, open } of archives) {
        progress(what);
        await containers.putArchive(name, "/", await open(signal), { signal });
      }
    },
  };
}

/** Once the API answers: the cluster forgets the nodes that it does not have any more. */
export function settleStep(
  world: World,
  restored: RestoredData,
  outcome: ApiOutcome,
  needs: readonly string[],
): Step {
  return {
    id: SETTLED_STEP,
    title: "Remove nodes that no longer exist",
    needs,
    run: ({ signal }) => restored.settle(world, outcome, signal),
  };
}

export function tidyStep(
  nodes: readonly DesiredNode[],
  world: World,
  restored: RestoredData,
  needs: readonly string[],
): Step {
  return {
    id: "restored:tidy",
    title: "Check the images, and remove what was needed to start",
    needs,
    async run({ signal }) {
      await Promise.all(nodes.map((node) => restored.tidy(node, world, signal)));
    },
  };
}
