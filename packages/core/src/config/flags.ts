import { splitFlagValue } from "../filters/index.js";
import { CURRENT_OPTIONS, type Option, type OptionFlag, isBelow } from "./options/index.js";
import { ProblemCollector } from "./problems.js";
import type { CreateFlags, SimpleConfig } from "./simple-config.js";
import { type Tree, compact, setValueAt } from "./tree.js";

/**
 * The config that the flags stand for; the same fields in a config file mean
 * exactly the same. An empty text is as good as a flag that is not given.
 *
 * @throws `INVALID_INPUT` naming every flag that cannot be read. What a value
 * means for the cluster is checked by `resolveConfig`.
 */
export function flagsToConfig(flags: CreateFlags): SimpleConfig {
  const problems = new ProblemCollector();
  const config: Tree = { apiVersion: "k3d.io/v1alpha5", kind: "Simple" };
  const given = flags as Readonly<Record<string, unknown>>;
  if (isGiven(flags.name)) setValueAt(config, "metadata.name", flags.name);
  for (const row of CURRENT_OPTIONS) {
    const { flag } = row;
    if (flag === undefined) continue;
    const value = given[camelCase(flag.name)];
    const read = Array.isArray(value)
      ? value.filter(isGiven).flatMap((item) => readFlag(row, flag, item, problems) ?? [])
      : isGiven(value)
        ? readFlag(row, flag, value, problems)
        : undefined;
    if (read !== undefined) setValueAt(config, row.field, read);
  }
  problems.throwIfAny();
  return compact(config) as SimpleConfig;
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== "";

function readFlag(
  { read, filtered }: Option,
  { name, kind }: OptionFlag,
  value: unknown,
  problems: ProblemCollector,
): unknown {
  if (typeof value !== "string") return value;
  return problems.collect(`--${name}`, () => {
    if (filtered === undefined || kind !== "repeated")
      return read === undefined ? value : read(value);
    // Nothing behind an "@" means all nodes, as in k3d v5: `--volume /a:/b@$FILTER` of scripts.
    const { value: text, nodeFilters } = splitFlagValue(value, "value", {
      ...(filtered.suffixes === true ? {} : { whenEmpty: ["all"] }),
      emptyValue: filtered.emptyIsNone === true,
    });
    return nodeFilters.length === 0
      ? { [filtered.key]: text }
      : { [filtered.key]: text, nodeFilters };
  });
}

/** `k3sNodeLabel` of `k3s-node-label`. */
export function camelCase(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

/** `--k3s-node-label` of `k3sNodeLabel`; the name of the cluster is the argument `NAME`. */
export function flagName(flag: Extract<keyof CreateFlags, string>): string {
  return flag === "name"
    ? "NAME"
    : `--${flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The flag that sets a field, as it is written: `--port` for `ports[0].nodeFilters[1]`. */
export function flagOfField(path: string): string | undefined {
  if (path === "metadata.name") return "NAME";
  let found: Option | undefined;
  for (const row of CURRENT_OPTIONS) {
    const longer = found === undefined || row.field.length > found.field.length;
    if (row.flag !== undefined && longer && isBelow(path, row.field)) found = row;
  }
  return found?.flag === undefined ? undefined : `--${found.flag.name}`;
}
