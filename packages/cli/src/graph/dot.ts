import type { ClusterGraph, Difference, GraphNode } from "@k3d/core";
import { description, detailLines, flat, line, signed, title } from "./words.js";

const SHAPES: Readonly<Record<GraphNode["kind"], string>> = {
  port: "oval",
  loadbalancer: "hexagon",
  registry: "component",
  server: "box",
  agent: "box",
  node: "box",
  volume: "cylinder",
  directory: "folder",
};

const COLOURS: Readonly<Record<Difference, readonly [fill: string, stroke: string]>> = {
  added: ["#d3f5d9", "#1a7f37"],
  removed: ["#ffdcd7", "#c4281c"],
  changed: ["#fff0c2", "#9a6700"],
};

/** The graph in the language of Graphviz. */
export function dot(graph: ClusterGraph): string {
  const ids = new Map(graph.nodes.map(({ id }, index) => [id, `n${index}`]));
  const box = (node: GraphNode): string =>
    `${ids.get(node.id)} [shape=${SHAPES[node.kind]}, label=${quoted([signed(node), ...detailLines(node)])}, tooltip="${escaped(node.name)}"${painted(node.difference, true)}];`;
  const inside = graph.networks.flatMap((network, index) => [
    `    subgraph cluster_net${index} {`,
    `      label=${quoted([`network ${signed(network)}`, ...detailLines(network)])};`,
    `      style=${network.difference === "removed" ? "dashed" : "rounded"};`,
    ...(network.difference === undefined
      ? []
      : [`      color="${COLOURS[network.difference][1]}";`]),
    ...graph.nodes
      .filter((node) => node.network === network.id)
      .map((node) => `      ${box(node)}`),
    "    }",
  ]);
  const homes = new Set(graph.networks.map(({ id }) => id));
  const outside = graph.nodes.filter(({ network }) => network === undefined || !homes.has(network));
  return [
    `digraph ${quoted([graph.cluster])} {`,
    `  label=${quoted([title(graph)])};`,
    `  tooltip="${escaped(description(graph))}";`,
    '  rankdir=LR; labelloc=t; fontname="sans-serif";',
    '  node [fontname="sans-serif", fontsize=11]; edge [fontname="sans-serif", fontsize=10];',
    "  subgraph cluster_machine {",
    `    label=${quoted([`machine ${graph.machine}`])};`,
    ...inside,
    ...outside.map((node) => `    ${box(node)}`),
    "  }",
    ...graph.edges.map(
      ({ from, to, label, difference, causes = [] }) =>
        `  ${ids.get(from)} -> ${ids.get(to)} [label=${quoted([label, ...causes])}${painted(difference, false)}];`,
    ),
    "}",
  ].join("\n");
}

function painted(difference: Difference | undefined, filled: boolean): string {
  if (difference === undefined) return "";
  const [fill, stroke] = COLOURS[difference];
  const styles = [...(filled ? ["filled"] : []), ...(difference === "removed" ? ["dashed"] : [])];
  const style = styles.length === 0 ? "" : `, style="${styles.join(",")}"`;
  return `, color="${stroke}", penwidth=2${filled ? `, fillcolor="${fill}", fontcolor="#111111"` : ""}${style}`;
}

/** Graphviz reads entities and escapes of its own (`\N` is a node's name) in a quoted text. */
function quoted(lines: readonly string[]): string {
  return `"${lines.map((one) => escaped(line(one))).join("\\n")}"`;
}

function escaped(text: string): string {
  return flat(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("&", "&amp;");
}
