import {
  type NodeFilter,
  parseNodeFilter,
  type SelectableNode,
  selectNodes,
} from "../filters/index.js";
import { isMachineName } from "../machines/placement.js";
import { invalid } from "./invalid.js";

/** A machine of a cluster, as a config names it. */
export interface MachineConfig {
  /** As nodes are placed by. */
  name: string;
  /** How the runtime calls its engine, e.g. a docker context. Default: the machine's name. */
  context?: string;
  /** Address of its engine, instead of a context. */
  host?: string;
}

/** Stands for all machines in turn. */
export const SPREAD = "spread";

/** Where some nodes go. */
export interface PlacementRule {
  filter: NodeFilter;
  /** Name of a machine, or {@link SPREAD}. */
  machine: string;
}

const MACHINE_HINT =
  'Write NAME=CONTEXT or NAME=URL, for example "big=big-host" or "big=ssh://me@10.0.0.5"; NAME alone is a docker context.';
const PLACEMENT_HINT =
  'Write FILTER@MACHINE, for example "server:0@big", or FILTER@spread for all machines in turn.';

/** The nodes that a rule places. A whole group may be empty, as with other filters. @throws `INVALID_INPUT`. */
export function placedBy<T extends SelectableNode>(filter: NodeFilter, nodes: readonly T[]): T[] {
  if (filter.kind !== "group" || filter.subset !== undefined)
    return selectNodes([filter], nodes).nodes;
  const { group } = filter;
  return nodes.filter(({ role }) => group === "all" || role === group);
}

/** Reads `NAME`, `NAME=CONTEXT` or `NAME=URL`. @throws `INVALID_INPUT`. */
export function parseMachine(text: string): MachineConfig {
  const [name = "", ...rest] = text.split("=");
  const endpoint = rest.join("=");
  if (rest.length > 0 && endpoint === "")
    throw invalid("machine", text, 'nothing follows the "="', MACHINE_HINT);
  const machine: MachineConfig = { name };
  if (endpoint.includes("://")) machine.host = endpoint;
  else if (endpoint !== "") machine.context = endpoint;
  return checkMachine(machine);
}

/** @throws `INVALID_INPUT`. */
export function checkMachine(machine: MachineConfig): MachineConfig {
  const { name, context, host } = machine;
  if (!isMachineName(name)) {
    const reason = "a name consists of lower-case letters, digits, hyphens and dots, at most 63";
    throw invalid("machine name", name, reason, MACHINE_HINT);
  }
  if (name === SPREAD)
    throw invalid("machine name", name, '"spread" means all machines', MACHINE_HINT);
  if (context !== undefined && host !== undefined) {
    const reason = "it has both a context and a host";
    throw invalid("machine", name, reason, "Leave one of them out.");
  }
  if (host !== undefined && !/^[a-z][a-z0-9+.-]*:\/\/./i.test(host)) {
    throw invalid(
      "machine host",
      host,
      "this is not an address of an engine",
      'Use ssh://user@host, tcp://host:port or unix:///path; a docker context belongs in "context".',
    );
  }
  return machine;
}

/** What opens a machine's engine: a name or a URL in the runtime's own words. */
export function machineEndpoint({ name, context, host }: MachineConfig): string {
  return host ?? context ?? name;
}

/** Reads `FILTER@MACHINE`. @throws `INVALID_INPUT`. */
export function parsePlacementRule(text: string): PlacementRule {
  const at = text.lastIndexOf("@");
  if (at < 1 || at === text.length - 1) {
    const reason = "a node filter and a machine are needed";
    throw invalid("placement", text, reason, PLACEMENT_HINT);
  }
  const filter = parseNodeFilter(text.slice(0, at));
  if (filter.suffix !== undefined) {
    const reason = `the suffix "${filter.suffix}" means nothing here`;
    throw invalid("placement", text, reason, PLACEMENT_HINT);
  }
  return { filter, machine: text.slice(at + 1) };
}
