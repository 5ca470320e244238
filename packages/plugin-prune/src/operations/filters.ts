import { K3dError, parseDuration } from "@k3d/core";
import type { PruneFilter, PruneItem } from "./operations.js";

const HINT =
  "Write label=KEY[=VALUE], label!=KEY[=VALUE], cluster=NAME, name=PATTERN (with *), or until=AGE such as 24h.";

/**
 * Parses `KEY=VALUE` of `--filter`:
 * `label`, `label!`, `cluster`, `name` (`*` stands for anything) and `until`
 * (older than; what has no known age does not match).
 *
 * @throws `INVALID_INPUT`.
 */
export function parsePruneFilter(text: string): PruneFilter {
  const [, key = "", value = ""] = /^([a-z]+!?)=(.*)$/s.exec(text) ?? [];
  if (value === "") throw invalid(text, "it is not KEY=VALUE");
  const make = FILTERS[key];
  if (make === undefined) throw invalid(text, `"${key}" is not a filter`);
  return { text, matches: make(value) };
}

const FILTERS: Readonly<Record<string, (value: string) => PruneFilter["matches"]>> = {
  label: (value) => (item) => hasLabel(item, value),
  "label!": (value) => (item) => !hasLabel(item, value),
  cluster: (value) => (item) => item.cluster === value,
  name: (value) => {
    const pattern = new RegExp(
      `^${value.replaceAll(/[\\^$.|?+()[\]{}]/g, "\\$&").replaceAll("*", ".*")}$`,
      "s",
    );
    return (item) => pattern.test(item.name);
  },
  until: (value) => {
    const ms = parseDuration(value);
    return (item, now) =>
      item.created !== undefined && now.getTime() - item.created.getTime() >= ms;
  },
};

function hasLabel({ labels }: PruneItem, text: string): boolean {
  const [key = "", value] = text.split(/=(.*)/s);
  return value === undefined ? Object.hasOwn(labels, key) : labels[key] === value;
}

function invalid(text: string, reason: string): K3dError {
  return new K3dError("INVALID_INPUT", `Invalid filter "${text}": ${reason}`, { hint: HINT });
}
