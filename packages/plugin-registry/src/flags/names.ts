import { K3dError, type RegistryOperations } from "@k3d/core";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";

/** The names of the registries that a command works on. */
export const registryArgs = {
  name: Args.string({
    description: "Names of registries, with or without the prefix k3d-",
    multiple: true,
  }),
};

/** `--all` of commands that work on several registries. */
export const allFlag = (verb: string) =>
  Flags.boolean({ char: "a", summary: `${verb} all registries` });

/**
 * The registries that a command is to work on, each once.
 *
 * @throws K3dError `INVALID_INPUT` for neither names nor `--all`, `CONFLICTING_OPTIONS` for both, `NOT_FOUND`
 */
export async function selectRegistries(
  { names = [], all }: { names: readonly string[] | undefined; all: boolean },
  registries: Pick<RegistryOperations, "list" | "get">,
  signal: AbortSignal,
): Promise<string[]> {
  if (all && names.length > 0) {
    throw new K3dError("CONFLICTING_OPTIONS", "Registry names and --all exclude each other", {
      hint: `Leave out --all to work on ${names.join(", ")} only`,
    });
  }
  if (!all && names.length === 0) {
    throw new K3dError("INVALID_INPUT", "No registry is named", {
      hint: "Give names, or --all. See what there is with: k3d registry list",
    });
  }
  if (all) return (await registries.list({ signal })).map(({ name }) => name);
  const found: string[] = [];
  for (const name of names)
    found.push(...(await registries.get(name, { signal })).map((registry) => registry.name));
  return [...new Set(found)];
}
