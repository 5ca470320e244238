import type { ClusterGraph, Difference, GraphNodeKind } from "@k3d/core";
import { printable } from "@k3d/plugin-kit";

/** What the kinds of things are called in a picture. */
export const KIND_WORDS: Readonly<Record<GraphNodeKind, string>> = {
  port: "port of the host",
  loadbalancer: "load balancer",
  registry: "registry",
  server: "server",
  agent: "agent",
  node: "node",
  volume: "volume",
  directory: "directory of the host",
};

/** Signs beside the colours, for those who do not see these. */
export const SIGNS: Readonly<Record<Difference, string>> = {
  added: "+",
  removed: "−",
  changed: "~",
};

/** Causes that are written into a box; more would burst it. */
const CAUSES = 3;

/** The lines of a box after its name. */
export function detailLines(item: {
  kind?: GraphNodeKind;
  details: readonly string[];
  status?: string | undefined;
  causes?: readonly string[] | undefined;
}): string[] {
  const { kind, details, status, causes = [] } = item;
  const word = kind === undefined ? undefined : KIND_WORDS[kind];
  const first = [word, status].filter(Boolean).join(", ");
  const left = causes.length - CAUSES;
  return [
    ...(first === "" ? [] : [first]),
    ...details,
    ...causes.slice(0, CAUSES),
    ...(left > 0 ? [`and ${left} more`] : []),
  ];
}

/** The name with the sign of its difference. */
export function signed({ name, difference }: { name: string; difference?: Difference }): string {
  return difference === undefined ? name : `${SIGNS[difference]} ${name}`;
}

export function title({ cluster, state }: ClusterGraph): string {
  return `Cluster ${cluster}, ${state}`;
}

/** A sentence for those who hear the picture. */
export function description({ nodes, networks, machine }: ClusterGraph): string {
  const counts = Object.entries(KIND_WORDS).flatMap(([kind, word]) => {
    const count = nodes.filter((node) => node.kind === kind).length;
    if (count === 0) return [];
    return `${count} × ${word}`;
  });
  const differing = [...nodes, ...networks].flatMap(({ name, difference }) =>
    difference === undefined ? [] : `${name} ${difference}`,
  );
  const differences = differing.length === 0 ? "" : ` Differences: ${differing.join(", ")}.`;
  return `On ${machine}: ${counts.join(", ")}.${differences}`;
}

/** At most so many characters of a name stand in a box; the whole one is in its tooltip. */
const LONGEST = 44;

/** Printable text on one line. */
export function flat(text: string): string {
  return printable(text.toWellFormed()).replaceAll(/\s+/g, " ");
}

/** One line of a box: {@link flat}, and not endless. */
export function line(text: string): string {
  const characters = [...flat(text)];
  return characters.length <= LONGEST
    ? characters.join("")
    : `${characters.slice(0, LONGEST / 2 - 1).join("")}…${characters.slice(-LONGEST / 2).join("")}`;
}
