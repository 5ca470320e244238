import { CURRENT_OPTIONS, camelCase, type CreateFlags, type OptionFlag } from "@k3d/core";
import { count, list, repeated } from "@k3d/plugin-kit";
import * as Flags from "@oclif/core/flags";

/** The config file of commands that take one. */
export const configFileFlag = Flags.string({
  char: "c",
  summary:
    "Config file; - is standard input. Flags and environment win over it (default: K3D_CONFIG)",
  helpValue: "FILE",
});

/** The config file of commands that make a cluster as it says: without one that of the project is taken. */
export const projectFileFlag = Flags.string({
  char: "c",
  // As kubectl names files to apply.
  aliases: ["file"],
  charAliases: ["f"],
  summary:
    "Config file, also -f; - is standard input. Flags and environment win over it (default: K3D_CONFIG, else the nearest .k3d.yaml here or above)",
  helpValue: "FILE",
});

/** The config file that a command reads: that of `--config`, else the one that `K3D_CONFIG` names. */
export function configFile(flag: string | undefined): string | undefined {
  return flag || process.env.K3D_CONFIG || undefined;
}

const flags = CURRENT_OPTIONS.flatMap(({ flag }) => flag ?? []);

/**
 * The flags of `cluster create` that stand for fields of the config file. None has a default here:
 * one that is not given leaves the field to environment and file.
 */
export const configFlags = Object.fromEntries(flags.map((flag) => [flag.name, asOclif(flag)]));

/** The parsed flags in the words of core: `k3s-arg` is `k3sArg`. */
export function createFlags(values: Readonly<Record<string, unknown>>): CreateFlags {
  return Object.fromEntries(
    flags
      .filter(({ name }) => values[name] !== undefined)
      .map(({ name }) => [camelCase(name), values[name]]),
  );
}

function asOclif({ name, kind, char, aliases = [], metavar, group, summary }: OptionFlag) {
  const common = {
    summary,
    aliases: [...aliases],
    char,
    helpValue: metavar,
    helpGroup: group,
  };
  switch (kind) {
    case "toggle":
      // A config file may set it too, so that `--flag=false` counts.
      return Flags.boolean({
        ...common,
        allowNo: true,
        ...(name.startsWith("no-") ? { helpLabel: `    --${name}` } : {}),
      });
    case "count":
      return count(common);
    case "repeated":
      return repeated(common);
    case "list":
      return list(common);
    default:
      return Flags.string(common);
  }
}
