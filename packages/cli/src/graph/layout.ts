import type { ClusterGraph, GraphEdge, GraphNetwork, GraphNode } from "@k3d/core";
import { detailLines, line, signed } from "./words.js";

/** A rectangle, in pixels from the top left. */
export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface PlacedNode extends Area {
  node: GraphNode;
  /** The name, then what it is like. */
  lines: string[];
}

export interface PlacedNetwork extends Area {
  network: GraphNetwork;
  lines: string[];
}

export interface PlacedEdge {
  edge: GraphEdge;
  /** From left to right; each second stretch is straight, along a lane through a column. */
  points: readonly (readonly [x: number, y: number])[];
  label: { text: string; x: number; y: number; anchor: "start" | "end" };
}

export interface Layout {
  width: number;
  height: number;
  nodes: PlacedNode[];
  networks: PlacedNetwork[];
  edges: PlacedEdge[];
}

/** Width of a character, and height of a line. The font has one width for all characters. */
export const CHARACTER = 7.3;
export const LINE = 16;

const PADDING = 10;
const GAP = 18;
const MARGIN = 24;
/** Between the border of a network and what stands in it. */
const FRAME = 20;
/** Room for the title of the picture. */
const HEAD = 56;
/** An edge that passes a column. */
const LANE = 14;
/** Between two edges at one side of a box, so that their labels do not touch. */
const PITCH = 18;

const COLUMN: Readonly<Record<GraphNode["kind"], number>> = {
  port: 0,
  loadbalancer: 1,
  registry: 1,
  server: 2,
  agent: 2,
  node: 2,
  volume: 3,
  directory: 3,
};
const COLUMNS = [0, 1, 2, 3] as const;

/** A box, or a lane for an edge that goes past a column. */
interface Slot {
  column: number;
  band: number;
  area: Area;
  box?: PlacedNode;
}

/**
 * Places a cluster in columns: ports of the host, what they lead to, nodes, what these mount. Each
 * network is a band across the two columns of containers. The same graph always gives the same
 * picture.
 */
export function layOut(graph: ClusterGraph): Layout {
  const slots = boxes(graph);
  const routes = routesOf(graph, slots);
  const all = [...slots.values(), ...routes.flatMap(({ lanes }) => lanes)];
  const widths = COLUMNS.map((column) =>
    Math.max(0, ...all.filter((slot) => slot.column === column).map(({ area }) => area.width)),
  );
  placeColumns(all, widths, gaps(graph, routes));
  const { networks, bottom } = placeBands(graph, all);
  const ends = order(all, routes, bottom);
  const edges = routes.map((route) => drawn(route, ends));
  const placed = [...slots.values()].flatMap(({ box }) => box ?? []);
  const right = Math.max(...all.map(({ area }) => area.x + area.width), 0);
  return {
    width: Math.ceil(Math.max(right + MARGIN + FRAME, 480)),
    height: Math.ceil(
      Math.max(...placed.map(({ y, height }) => y + height), bottom) + MARGIN + LINE,
    ),
    nodes: placed,
    networks,
    edges,
  };
}

export function textWidth(text: string): number {
  // Characters that take two cells: East Asian ones and pictures.
  const wide = text.match(
    /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\u{1F000}-\u{1FAFF}]/gu,
  );
  return ([...text].length + (wide?.length ?? 0)) * CHARACTER;
}

function boxes({ nodes, networks, edges }: ClusterGraph): Map<string, Slot> {
  const band = (node: GraphNode): number => {
    const index = networks.findIndex(({ id }) => id === node.network);
    return index < 0 ? networks.length : index;
  };
  return new Map(
    nodes.map((node) => {
      const lines = [signed(node), ...detailLines(node)].map(line);
      const ends = Math.max(
        edges.filter(({ to }) => to === node.id).length,
        edges.filter(({ from }) => from === node.id).length,
      );
      const box: PlacedNode = {
        node,
        lines,
        x: 0,
        y: 0,
        // The name is bold.
        width: Math.max(...lines.map(textWidth), 60) * 1.04 + 2 * PADDING,
        height: Math.max(lines.length * LINE + 2 * PADDING, ends * PITCH),
      };
      return [node.id, { column: COLUMN[node.kind], band: band(node), area: box, box }];
    }),
  );
}

interface Route {
  edge: GraphEdge;
  from: Slot;
  to: Slot;
  lanes: Slot[];
}

function routesOf({ edges }: ClusterGraph, slots: ReadonlyMap<string, Slot>): Route[] {
  return edges.flatMap((edge) => {
    const [from, to] = [slots.get(edge.from), slots.get(edge.to)];
    if (from === undefined || to === undefined) return [];
    const passed = COLUMNS.filter((column) => column > from.column && column < to.column);
    const band = to.column === 3 ? from.band : to.band;
    const lanes = passed.map((column): Slot => ({
      column,
      band,
      area: { x: 0, y: 0, width: 0, height: LANE },
    }));
    return [{ edge, from, to, lanes }];
  });
}

/** The room right of each column, for the labels there. */
function gaps({ networks }: ClusterGraph, routes: readonly Route[]): number[] {
  return COLUMNS.map((column) => {
    const labels = routes
      .filter(({ from, to, edge }) =>
        edge.kind === "mounts" ? from.column === column : to.column === column + 1,
      )
      .map(({ edge }) => textWidth(edgeLabel(edge)));
    const frame = networks.length > 0 && column !== 1 ? FRAME : 0;
    return Math.max(70, ...labels.map((width) => width + 50)) + frame;
  });
}

function placeColumns(all: readonly Slot[], widths: number[], room: number[]): void {
  let x = MARGIN + FRAME;
  for (const column of COLUMNS) {
    const width = widths[column] ?? 0;
    for (const slot of all) {
      if (slot.column !== column) continue;
      slot.area.x = x;
      slot.area.width = width;
    }
    x += width === 0 ? 0 : width + (room[column] ?? 0);
  }
}

/** The containers of each network below those of the one before. */
function placeBands(
  { networks }: ClusterGraph,
  all: readonly Slot[],
): { networks: PlacedNetwork[]; bottom: number } {
  const placed: PlacedNetwork[] = [];
  let y = HEAD;
  for (let band = 0; band <= networks.length; band++) {
    const network = networks[band];
    const lines =
      network === undefined
        ? []
        : [`network ${signed(network)}`, ...detailLines(network)].map(line);
    const members = all.filter((slot) => slot.band === band && isInner(slot));
    if (members.length === 0 && network === undefined) continue;
    const top = y + FRAME + lines.length * LINE;
    const heights = [1, 2].map((column) => stackHeight(inColumn(members, column)));
    const height = Math.max(...heights, 0);
    for (const column of [1, 2]) stack(inColumn(members, column), top, height);
    const end = top + height + FRAME;
    if (network !== undefined) {
      const own = members.length > 0 ? members : all;
      const left = Math.min(...own.map(({ area }) => area.x)) - FRAME;
      const right = Math.max(...own.map(({ area }) => area.x + area.width)) + FRAME;
      const width = Math.max(right - left, Math.max(...lines.map(textWidth)) + 2 * PADDING);
      placed.push({ network, lines, x: left, y, width, height: end - y });
    }
    y = end + GAP;
  }
  return { networks: placed, bottom: y - GAP };
}

const isInner = ({ column }: Slot): boolean => column === 1 || column === 2;

const inColumn = (slots: readonly Slot[], column: number): Slot[] =>
  slots.filter((slot) => slot.column === column);

function stackHeight(slots: readonly Slot[]): number {
  return slots.reduce((sum, { area }) => sum + area.height + GAP, -GAP);
}

/** Puts slots below each other, in the middle of the height that there is. */
function stack(slots: readonly Slot[], top: number, height: number): void {
  let y = top + Math.max(0, (height - stackHeight(slots)) / 2);
  for (const { area } of slots) {
    area.y = y;
    y += area.height + GAP;
  }
}

type Ends = (route: Route, side: "from" | "to") => number;

/** Orders the outer columns by what they are joined to, and the edges at each box. */
function order(all: readonly Slot[], routes: readonly Route[], bottom: number): Ends {
  const middle = ({ area }: Slot): number => area.y + area.height / 2;
  const neighbours = (slot: Slot): number => {
    const joined = routes.flatMap((route) => {
      if (route.from === slot) return middle(route.lanes[0] ?? route.to);
      return route.to === slot ? middle(route.lanes.at(-1) ?? route.from) : [];
    });
    return joined.length === 0
      ? Number.MAX_VALUE
      : joined.reduce((sum, y) => sum + y, 0) / joined.length;
  };
  for (const column of [0, 3]) {
    const slots = inColumn(all, column).toSorted((a, b) => neighbours(a) - neighbours(b));
    stack(slots, HEAD + FRAME, Math.max(bottom - HEAD - 2 * FRAME, 0));
  }
  return (route, side) => {
    const slot = route[side];
    const far = (other: Route): number =>
      side === "to" ? middle(other.lanes.at(-1) ?? other.from) : middle(other.lanes[0] ?? other.to);
    const beside = routes
      .filter((other) => other[side] === slot)
      .toSorted((a, b) => far(a) - far(b));
    const { y, height } = slot.area;
    return y + (height * (beside.indexOf(route) + 1)) / (beside.length + 1);
  };
}

function drawn(route: Route, ends: Ends): PlacedEdge {
  const { edge, from, to, lanes } = route;
  const start = [from.area.x + from.area.width, ends(route, "from")] as const;
  const end = [to.area.x, ends(route, "to")] as const;
  const between = lanes.flatMap(({ area }) => [
    [area.x, area.y + area.height / 2] as const,
    [area.x + area.width, area.y + area.height / 2] as const,
  ]);
  const text = edgeLabel(edge);
  const label =
    edge.kind === "mounts"
      ? { text, x: start[0] + 6, y: start[1] - 4, anchor: "start" as const }
      : { text, x: end[0] - 10, y: end[1] - 4, anchor: "end" as const };
  return { edge, points: [start, ...between, end], label };
}

function edgeLabel({ label, causes = [] }: GraphEdge): string {
  return line([label, ...causes.map((cause) => `(${cause})`)].join(" "));
}
