import type { ClusterGraph } from "@k3d/core";
import { printable } from "@k3d/plugin-kit";
import { layOut, LINE, type PlacedEdge, type PlacedNetwork, type PlacedNode } from "./layout.js";
import { description, detailLines, SIGNS, title } from "./words.js";

const STYLE = `
  svg { --page: #ffffff; --ink: #1b1f24; --soft: #57606a; --line: #8c959f; --net: #f3f6fa; --box: #ffffff;
    --server: #0a5bc4; --agent: #3c7d9c; --entry: #7a3fb5; --store: #8a5a00;
    --added: #1a7f37; --added-fill: #dff6e4; --removed: #c4281c; --removed-fill: #ffe3df;
    --changed: #9a6700; --changed-fill: #fff3cf; background: var(--page); }
  @media (prefers-color-scheme: dark) {
    svg { --page: #0f1318; --ink: #e8edf2; --soft: #a5b0bc; --line: #6f7a86; --net: #171d24; --box: #1f262e;
      --server: #79b8ff; --agent: #7fd0e8; --entry: #d2a8ff; --store: #e3b341;
      --added: #56d364; --added-fill: #12341d; --removed: #ff8177; --removed-fill: #421714;
      --changed: #e3b341; --changed-fill: #3b2d0a; }
  }
  text { font: 12px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: var(--soft); }
  .head { font-size: 17px; font-weight: 600; fill: var(--ink); }
  .name { font-weight: 700; fill: var(--ink); }
  .network rect { fill: var(--net); stroke: var(--line); }
  .box rect { fill: var(--box); stroke: var(--line); stroke-width: 1.5; }
  .server rect { stroke: var(--server); } .agent rect { stroke: var(--agent); }
  .port rect, .loadbalancer rect, .registry rect { stroke: var(--entry); }
  .volume rect, .directory rect { stroke: var(--store); }
  .off rect { stroke-dasharray: 3 3; }
  .edge path { fill: none; stroke: var(--line); stroke-width: 1.3; } .edge text { font-size: 11px; }
  .edge .label { paint-order: stroke; stroke: var(--page); stroke-width: 3px; }
  .box.added rect, .network.added rect { fill: var(--added-fill); stroke: var(--added); stroke-width: 2.5; }
  .box.removed rect, .network.removed rect { fill: var(--removed-fill); stroke: var(--removed); stroke-width: 2.5; stroke-dasharray: 7 4; }
  .box.changed rect, .network.changed rect { fill: var(--changed-fill); stroke: var(--changed); stroke-width: 2.5; }
  .edge.added path { stroke: var(--added); stroke-width: 2.2; }
  .edge.removed path { stroke: var(--removed); stroke-width: 2.2; stroke-dasharray: 7 4; }
  .edge.changed path { stroke: var(--changed); stroke-width: 2.2; }
  .added .label, text.added { fill: var(--added); } .removed .label, text.removed { fill: var(--removed); }
  .changed .label, text.changed { fill: var(--changed); }
  .arrow { fill: var(--line); }
`;

/** The graph as an SVG document: bright or dark as the reader's system is, with words for screen readers. */
export function svg(graph: ClusterGraph): string {
  const { width, height, nodes, networks, edges } = layOut(graph);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escape(title(graph))}</title>`,
    `<desc id="description">${escape(description(graph))}</desc>`,
    `<style>${STYLE}</style>`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerUnits="userSpaceOnUse" markerWidth="9" markerHeight="9" orient="auto"><path class="arrow" d="M0 0 L8 4 L0 8 z"/></marker></defs>',
    `<text class="head" x="24" y="34">${escape(title(graph))}</text>`,
    ...networks.map(networkElement),
    ...edges.map(edgeElement),
    ...nodes.map(boxElement),
    ...(graph.state === "difference" ? [legend(height)] : []),
    `<text x="${width - 24}" y="34" text-anchor="end">${escape(`on ${graph.machine}`)}</text>`,
    "</svg>",
  ].join("\n");
}

function networkElement({ network, lines, ...area }: PlacedNetwork): string {
  return [
    `<g class="${classes("network", network.difference)}" data-id="${escape(network.id)}">`,
    `<title>${escape([network.name, ...detailLines(network)].join("\n"))}</title>`,
    rectangle(area),
    texts(lines, area.x + 10, area.y + 18),
    "</g>",
  ].join("");
}

function boxElement({ node, lines, ...area }: PlacedNode): string {
  const off = node.status === undefined || node.status === "running" ? undefined : "off";
  const whole = [node.name, ...node.details, ...(node.causes ?? [])].join("\n");
  return [
    `<g class="${classes("box", node.kind, off, node.difference)}" data-id="${escape(node.id)}">`,
    `<title>${escape(whole)}</title>`,
    rectangle(area),
    texts(lines, area.x + 10, area.y + (area.height - lines.length * LINE) / 2 + 12),
    "</g>",
  ].join("");
}

function edgeElement({ edge, points, label }: PlacedEdge): string {
  const whole = [edge.label, ...(edge.causes ?? [])].join("\n");
  return [
    `<g class="${classes("edge", edge.kind, edge.difference)}" data-from="${escape(edge.from)}" data-to="${escape(edge.to)}">`,
    `<title>${escape(whole)}</title>`,
    `<path d="${curve(points)}" marker-end="url(#arrow)"/>`,
    `<text class="label" x="${number(label.x)}" y="${number(label.y)}" text-anchor="${label.anchor}">${escape(label.text)}</text>`,
    "</g>",
  ].join("");
}

const classes = (...names: (string | undefined)[]): string => names.filter(Boolean).join(" ");

function rectangle({ x, y, width, height }: Omit<PlacedNode, "node" | "lines">): string {
  return `<rect x="${number(x)}" y="${number(y)}" width="${number(width)}" height="${number(height)}" rx="6"/>`;
}

function texts(lines: readonly string[], x: number, y: number): string {
  return lines
    .map(
      (text, index) =>
        `<text${index === 0 ? ' class="name"' : ""} x="${number(x)}" y="${number(y + index * LINE)}">${escape(text)}</text>`,
    )
    .join("");
}

/** Bends between columns, straight along the lanes through them. */
function curve([first, ...rest]: PlacedEdge["points"]): string {
  if (first === undefined) return "";
  let path = `M${number(first[0])} ${number(first[1])}`;
  let [x, y] = first;
  for (const [index, [toX, toY]] of rest.entries()) {
    const half = (toX - x) / 2;
    path +=
      index % 2 === 1
        ? ` H${number(toX)}`
        : ` C${number(x + half)} ${number(y)} ${number(toX - half)} ${number(toY)} ${number(toX)} ${number(toY)}`;
    [x, y] = [toX, toY];
  }
  return path;
}

function legend(height: number): string {
  const entries = Object.entries(SIGNS).map(
    ([word, sign], index) =>
      `<text class="${word}" x="${24 + index * 110}" y="${height - 12}">${sign} ${word}</text>`,
  );
  return `<g class="legend">${entries.join("")}</g>`;
}

const number = (value: number): string => String(Math.round(value * 10) / 10);

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** Text or a value of an attribute; without what XML does not allow at all. */
function escape(text: string): string {
  return printable(text.toWellFormed())
    .replaceAll(/[\uFFFE\uFFFF]/g, "\u{FFFD}")
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
