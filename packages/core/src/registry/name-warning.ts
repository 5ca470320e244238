import type { RegistryDefinition } from "./definition.js";

/**
 * What to know of a registry that engines take but references of images cannot
 * name: their hosts have no underscores. A cache is asked as a mirror, under
 * its upstream's name.
 */
export function registryNameWarnings({
  name,
  proxy,
}: Pick<RegistryDefinition, "name" | "proxy">): string[] {
  if (!name.includes("_") || proxy !== undefined) return [];
  return [
    `No image can be pulled from registry '${name}' by its name: references of images have no '_' in their host.`,
  ];
}
