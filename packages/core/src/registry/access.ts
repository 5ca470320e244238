import { K3dError } from "../errors/index.js";
import { readContainerFile } from "../runtime/read-file.js";
import type { CallOptions } from "../runtime/common.js";
import type { ContainerRuntime } from "../runtime/runtime.js";
import type { RegistryAccess } from "./registries-yaml.js";

/** Where a registry container keeps, for k3d alone, what nodes need to use it. */
export const ACCESS_PATH = "/etc/k3d/registry-access.json";

export const accessFile = (access: RegistryAccess): string =>
  `${JSON.stringify(access, undefined, 2)}\n`;

/**
 * What nodes need to use a registry besides its address, from the registry's
 * own container; `undefined` when that is nothing, or k3d does not know it.
 */
export async function readRegistryAccess(
  runtime: ContainerRuntime,
  name: string,
  options: CallOptions = {},
): Promise<RegistryAccess | undefined> {
  const text = await readContainerFile(runtime, name, ACCESS_PATH, options);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as RegistryAccess;
  } catch (error) {
    throw new K3dError("CONTAINER_FAILED", `Registry '${name}' holds a broken ${ACCESS_PATH}`, {
      hint: "Create the registry again.",
      cause: error,
    });
  }
}
