import type { ClusterGraph, Difference, GraphNode } from "@k3d/core";
import { description, detailLines, flat, line, signed, title } from "./words.js";

/** Shapes by kind: what stands before and after a label. */
const SHAPES: Readonly<Record<GraphNode["kind"], readonly [string, string]>> = {
  port: ["([", "])"],
  loadbalancer: ["{{", "}}"],
  registry: ["[[", "]]"],
  server: ["[", "]"],
  agent: ["[", "]"],
  node: ["[", "]"],
  volume: ["[(", ")]"],
  directory: ["[/", "/]"],
};

const STYLES: Readonly<Record<Difference, string>> = {
  added: "fill:#d3f5d9,stroke:#1a7f37,color:#0f3d1c,stroke-width:2px",
  removed: "fill:#ffdcd7,stroke:#c4281c,color:#5c0f0a,stroke-width:2px,stroke-dasharray:6 4",
  changed: "fill:#fff0c2,stroke:#9a6700,color:#4a3200,stroke-width:2px",
};

/** Stroke of an edge that differs. */
const EDGE_STYLES: Readonly<Record<Difference, string>> = {
  added: "stroke:#1a7f37,stroke-width:2px",
  removed: "stroke:#c4281c,stroke-width:2px,stroke-dasharray:6 4",
  changed: "stroke:#9a6700,stroke-width:2px",
};

/** The graph as a Mermaid flowchart, as Markdown of GitHub and GitLab draws it. */
export function mermaid(graph: ClusterGraph): string {
  const ids = new Map(graph.nodes.map(({ id }, index) => [id, `n${index}`]));
  const box = (node: GraphNode): string => {
    const [open, close] = SHAPES[node.kind];
    const text = [signed(node), ...detailLines(node)].map(label).join("<br/>");
    const style = node.difference === undefined ? "" : `:::${node.difference}`;
    return `${ids.get(node.id)}${open}"${text}"${close}${style}`;
  };
  const inside = graph.networks.flatMap((network, index) => [
    `    subgraph net${index}["${[`network ${signed(network)}`, ...detailLines(network)].map(label).join("<br/>")}"]`,
    ...graph.nodes
      .filter((node) => node.network === network.id)
      .map((node) => `      ${box(node)}`),
    "    end",
    ...(network.difference === undefined ? [] : [`    class net${index} ${network.difference}`]),
  ]);
  const homes = new Set(graph.networks.map(({ id }) => id));
  const outside = graph.nodes.filter(({ network }) => network === undefined || !homes.has(network));
  const edges = graph.edges.map(({ from, to, label: text, difference, causes = [] }) => {
    const arrow = difference === "removed" ? "-.->" : "-->";
    const words = [text, ...causes].map(label).join("<br/>");
    return `  ${ids.get(from)} ${arrow}|"${words}"| ${ids.get(to)}`;
  });
  const coloured = graph.edges.flatMap(({ difference }, index) =>
    difference === undefined ? [] : [`  linkStyle ${index} ${EDGE_STYLES[difference]}`],
  );
  return [
    "flowchart LR",
    `  accTitle: ${escaped(title(graph))}`,
    `  accDescr: ${escaped(description(graph))}`,
    `  subgraph machine["${label(`machine ${graph.machine}`)}"]`,
    ...inside,
    ...outside.map((node) => `    ${box(node)}`),
    "  end",
    ...edges,
    ...coloured,
    ...Object.entries(STYLES).map(([name, style]) => `  classDef ${name} ${style}`),
  ].join("\n");
}

const label = (text: string): string => escaped(line(text));

/** Mermaid has entities by number for all that could end a label or mean something in it. */
function escaped(text: string): string {
  return flat(text).replaceAll(
    /[^\p{L}\p{N} .,:/_@+~×…−()*-]/gu,
    (character) => `#${character.codePointAt(0) ?? 0};`,
  );
}
