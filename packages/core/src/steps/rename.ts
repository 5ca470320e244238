import { K3dError } from "../errors/index.js";
import type { Step } from "./graph.js";
import type { World } from "./world.js";

/** Gives a container back the name that it had; its host name still tells it. */
export function renameStep(name: string, world: World): Step {
  const { runtime } = world;
  const found = world.observed?.nodes.find(
    (node) => node.info.hostname === name && node.name !== name,
  );
  if (found === undefined)
    throw new K3dError("INTERNAL", `No container can be renamed to '${name}'`);
  world.takeName(found.id, name);
  return {
    id: `rename:${name}`,
    title: `Rename ${found.name} to ${name}`,
    run: ({ signal }) => runtime.containers.rename(found.id, name, { signal }),
    undo: ({ signal }) => runtime.containers.rename(found.id, found.name, { signal }),
  };
}
