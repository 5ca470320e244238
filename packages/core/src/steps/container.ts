import { K3dError, isK3dError } from "../errors/index.js";
import { LABELS } from "../model/labels.js";
import type { DesiredNode } from "../plan/desired.js";
import { fileHashes } from "../plan/files-label.js";
import { creationFile } from "../node/creation.js";
import { packFiles } from "../runtime/archive.js";
import type { CallOptions } from "../runtime/common.js";
import type { ContainerSpec } from "../runtime/container-spec.js";
import type { Step } from "./graph.js";
import { patient } from "./patience.js";
import { removeMadeContainer } from "./owned.js";
import type { World } from "./world.js";

/**
 * Creates the node's container with its files in place; does not start it.
 *
 * @param options.begins names of all containers of the cluster that begins with this one
 */
export function containerStep(
  name: string,
  world: World,
  needs: readonly string[],
  options: { begins?: readonly string[] } = {},
): Step {
  const { runtime, operation } = world;
  return {
    id: `container:${name}`,
    title: `Create ${world.node(name).role} ${name}`,
    needs,
    async run({ signal }) {
      const node = world.node(name);
      const id = await createContainer(world, node, { signal: patient(signal) });
      const files = [
        ...node.files,
        ...(options.begins !== undefined && node.initServer
          ? [creationFile("begun", options.begins)]
          : []),
      ];
      if (files.length > 0)
        await runtime.containers.putArchive(id, "/", await packFiles(files), { signal });
    },
    undo: ({ signal }) => removeMadeContainer(runtime, name, operation, { signal }),
  };
}

/** @returns the id. @throws `ALREADY_EXISTS` when the name is taken. */
export async function createContainer(
  { runtime, operation }: World,
  node: DesiredNode,
  options: CallOptions,
  changes: Partial<ContainerSpec> = {},
): Promise<string> {
  const spec = { ...node.spec, ...changes };
  const labels: Record<string, string> = { ...spec.labels, [LABELS.operation]: operation };
  // Of a node that keeps the files of the container it replaces, the label is there already.
  if (node.files.length > 0) labels[LABELS.files] ??= JSON.stringify(fileHashes(node.files));
  try {
    return await runtime.containers.create({ ...spec, labels }, options);
  } catch (error) {
    if (!isK3dError(error, "NAME_IN_USE")) throw error;
    throw new K3dError("ALREADY_EXISTS", `A container named '${node.name}' exists already`, {
      hint: "Another command may be making it right now; otherwise remove it, or choose another name.",
      cause: error,
    });
  }
}
