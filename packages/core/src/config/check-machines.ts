import { nearest } from "../model/nearest.js";
import type { ParsedValues } from "./check-values.js";
import { placedBy, type PlacementRule, SPREAD } from "./machines.js";
import type { ProblemCollector } from "./problems.js";
import type { SimpleConfig } from "./simple-config.js";
import type { Skeleton } from "./skeleton.js";

/** Checks machines and the placement on them against each other and against the nodes there will be. */
export function checkMachines(
  config: SimpleConfig,
  parsed: ParsedValues,
  { nodes }: Skeleton,
  problems: ProblemCollector,
): void {
  const names = (config.machines ?? []).map(({ name }) => name);
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) === index) continue;
    const message = `Machine ${name} is named twice`;
    problems.add("INVALID_INPUT", `machines[${index}].name`, message, "Give each its own name.");
  }
  for (const [index, rule] of parsed.entries<PlacementRule | undefined>("placement").entries()) {
    if (rule === undefined) continue;
    const path = `placement[${index}]`;
    problems.collect(path, () => placedBy(rule.filter, nodes));
    if (names.length === 0) {
      const hint = "Name machines with --machine, or leave --place out.";
      problems.add("CONFLICTING_OPTIONS", path, "Nodes are placed, but no machine is named", hint);
    } else if (rule.machine !== SPREAD && !names.includes(rule.machine)) {
      const near = nearest(rule.machine, [...names, SPREAD]);
      const meant = near === undefined ? "" : `; did you mean "${near}"?`;
      problems.add(
        "INVALID_INPUT",
        path,
        `No machine is called "${rule.machine}"${meant}`,
        `Machines: ${names.join(", ")}; or "${SPREAD}".`,
      );
    }
  }
}
