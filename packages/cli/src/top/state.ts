import type { UsedCluster } from "@k3d/core";
import { usageBetween, type TopCluster, type TopNode, type VolumeSizes } from "./usage.js";

/** What can be stopped, started or looked into. */
export interface Target {
  kind: "cluster" | "node";
  name: string;
  /** Whether any of it runs. */
  runs: boolean;
}

export interface Row {
  key: string;
  cluster: TopCluster;
  /** Absent: the cluster's own row. */
  node?: TopNode;
}

export interface Happening {
  time: Date;
  text: string;
}

/** All that the screen shows; plain data. */
export interface TopState {
  runtime: string;
  now: Date;
  readings?: readonly UsedCluster[];
  volumes?: VolumeSizes;
  clusters: TopCluster[];
  /** When the clusters were looked at last. */
  lookedAt?: Date;
  /** Why the last look failed. */
  problem?: string | undefined;
  filter: string;
  selected?: string | undefined;
  mode: "list" | "filter" | "ask" | "logs";
  /** What `ask` is about. */
  question?: { deed: "stop" | "start"; target: Target } | undefined;
  /** What is being done. */
  busy?: string | undefined;
  /** Oldest first. */
  happenings: Happening[];
  log: { name: string; lines: string[] };
}

export interface Key {
  name?: string | undefined;
  sequence?: string | undefined;
  ctrl?: boolean | undefined;
}

export type TopEvent =
  | { type: "looked"; clusters: readonly UsedCluster[]; now: Date }
  | { type: "sized"; volumes: VolumeSizes }
  | { type: "failed"; message: string; now: Date }
  | { type: "tick"; now: Date }
  | { type: "key"; key: Key }
  | { type: "told"; text: string; now: Date }
  | { type: "done"; text: string; now: Date }
  | { type: "log"; line: string };

/** What the world outside is asked to do. */
export type Effect =
  | { type: "quit" }
  | { type: "interrupt" }
  | { type: "suspend" }
  | { type: "stop" | "start"; target: Target }
  | { type: "followLogs"; target: Target }
  | { type: "leaveLogs" };

export interface Step {
  state: TopState;
  effects: Effect[];
}

const HAPPENINGS = 50;
const LOG_LINES = 500;

export function initialState(runtime: string, filter: string, now: Date): TopState {
  const log = { name: "", lines: [] };
  return { runtime, now, clusters: [], filter, mode: "list", happenings: [], log };
}

/** The rows that the filter leaves: a cluster with its nodes where it fits itself, else the nodes that fit. */
export function rows({ clusters, filter }: Pick<TopState, "clusters" | "filter">): Row[] {
  const fits = (text: string): boolean => text.toLowerCase().includes(filter.toLowerCase());
  return clusters.flatMap((cluster) => {
    const whole = fits(cluster.name) || fits(cluster.status);
    const nodes = cluster.nodes.filter(
      (node) => whole || fits(node.name) || fits(node.role) || fits(node.status),
    );
    if (nodes.length === 0 && !whole) return [];
    return [
      { key: `cluster ${cluster.name}`, cluster },
      ...nodes.map((node): Row => ({ key: `node ${node.id}`, cluster, node })),
    ];
  });
}

/** The next state, and what is to be done; pure. */
export function reduce(state: TopState, event: TopEvent): Step {
  switch (event.type) {
    case "looked":
      return still(looked(state, event.clusters, event.now));
    case "sized":
      // Shown from the next look on.
      return still({ ...state, volumes: event.volumes });
    case "failed": {
      const fresh = state.problem === undefined;
      const next = { ...state, problem: event.message, now: event.now };
      return still(fresh ? happened(next, event.message) : next);
    }
    case "tick":
      return still({ ...state, now: event.now });
    case "told":
      return still(happened({ ...state, now: event.now }, event.text));
    case "done":
      return still(happened({ ...state, busy: undefined, now: event.now }, event.text));
    case "log": {
      const lines = [...state.log.lines, event.line].slice(-LOG_LINES);
      return still({ ...state, log: { ...state.log, lines } });
    }
    default:
      return pressed(state, event.key);
  }
}

const still = (state: TopState): Step => ({ state, effects: [] });

function happened(state: TopState, ...texts: string[]): TopState {
  const fresh = texts.map((text) => ({ time: state.now, text }));
  return { ...state, happenings: [...state.happenings, ...fresh].slice(-HAPPENINGS) };
}

function looked(state: TopState, readings: readonly UsedCluster[], now: Date): TopState {
  const clusters = usageBetween(state.readings, readings, state.volumes);
  const next = { ...state, readings, clusters, now, lookedAt: now, problem: undefined };
  const again = state.problem === undefined ? [] : ["the engine answers again"];
  const news = state.lookedAt === undefined ? [] : differences(state.clusters, clusters);
  return withSelection(happened(next, ...again, ...news), state);
}

/** What became of nodes between two looks. */
function differences(before: readonly TopCluster[], after: readonly TopCluster[]): string[] {
  const nodes = (clusters: readonly TopCluster[]): Map<string, TopNode> =>
    new Map(clusters.flatMap((cluster) => cluster.nodes.map((node) => [node.id, node] as const)));
  const [old, now] = [nodes(before), nodes(after)];
  const states = new Map(before.map(({ name, status }) => [name, status]));
  return [
    ...after.flatMap(({ name, status }) =>
      states.has(name) && states.get(name) !== status ? `cluster ${name} is ${status}` : [],
    ),
    ...[...now.values()].flatMap((node) => {
      const earlier = old.get(node.id);
      if (earlier === undefined) return `${node.name} is new`;
      if (earlier.status !== node.status) return `${node.name} is ${node.status}`;
      return (node.restarts ?? 0) > (earlier.restarts ?? 0) ? `${node.name} was restarted` : [];
    }),
    ...[...old.values()].flatMap(({ id, name }) => (now.has(id) ? [] : `${name} is gone`)),
  ];
}

/** The selected row as long as it is there, else the one that stands in its place. */
function withSelection(state: TopState, before: TopState): TopState {
  const visible = rows(state);
  if (visible.some(({ key }) => key === state.selected)) return state;
  const place = rows(before).findIndex(({ key }) => key === before.selected);
  const next = visible[Math.min(Math.max(place, 0), visible.length - 1)];
  return { ...state, selected: next?.key };
}

function pressed(state: TopState, key: Key): Step {
  if (key.ctrl === true && key.name === "c") return { state, effects: [{ type: "interrupt" }] };
  if (key.ctrl === true && key.name === "z") return { state, effects: [{ type: "suspend" }] };
  switch (state.mode) {
    case "filter":
      return still(filtering(state, key));
    case "ask":
      return answered(state, key);
    case "logs":
      return key.name === "q" || key.name === "escape" || key.name === "l"
        ? { state: { ...state, mode: "list" }, effects: [{ type: "leaveLogs" }] }
        : still(state);
    default:
      return inList(state, key);
  }
}

function filtering(state: TopState, { name, sequence = "", ctrl }: Key): TopState {
  if (name === "return" || name === "enter") return { ...state, mode: "list" };
  const filtered = (filter: string, mode: TopState["mode"] = "filter"): TopState =>
    withSelection({ ...state, filter, mode }, state);
  if (name === "escape") return filtered("", "list");
  if (name === "backspace") return filtered([...state.filter].slice(0, -1).join(""));
  const isText = ctrl !== true && /^[^\p{Cc}]$/u.test(sequence);
  return isText ? filtered(state.filter + sequence) : state;
}

function answered(state: TopState, { name, sequence }: Key): Step {
  const { question } = state;
  const back = { ...state, mode: "list" as const, question: undefined };
  if (question === undefined || (name !== "y" && sequence !== "Y")) return still(back);
  const { deed, target } = question;
  const verb = deed === "stop" ? "stopping" : "starting";
  const busy = `${verb} ${target.kind} ${target.name}`;
  return { state: happened({ ...back, busy }, busy), effects: [{ type: deed, target }] };
}

function inList(state: TopState, { name, sequence }: Key): Step {
  const visible = rows(state);
  const place = visible.findIndex(({ key }) => key === state.selected);
  const move = (to: number): Step => {
    const row = visible[Math.min(Math.max(to, 0), visible.length - 1)];
    return still({ ...state, selected: row?.key });
  };
  if (sequence === "/") return still({ ...state, mode: "filter" });
  const target = targetOf(visible[place]);
  switch (name) {
    case "q":
      return { state, effects: [{ type: "quit" }] };
    case "up":
    case "k":
      return move(place - 1);
    case "down":
    case "j":
      return move(place + 1);
    case "home":
      return move(0);
    case "end":
      return move(visible.length - 1);
    case "escape":
      return still(withSelection({ ...state, filter: "" }, state));
    case "s": {
      if (target === undefined || state.busy !== undefined) return still(state);
      const deed = target.runs ? "stop" : "start";
      return still({ ...state, mode: "ask", question: { deed, target } });
    }
    case "l":
    case "return": {
      if (target === undefined) return still(state);
      const log = { name: target.name, lines: [] };
      return { state: { ...state, mode: "logs", log }, effects: [{ type: "followLogs", target }] };
    }
    default:
      return still(state);
  }
}

const isUp = (status: string): boolean => status !== "stopped" && status !== "created";

function targetOf(row: Row | undefined): Target | undefined {
  if (row === undefined) return undefined;
  const { cluster, node } = row;
  return node === undefined
    ? { kind: "cluster", name: cluster.name, runs: cluster.nodes.some((one) => isUp(one.status)) }
    : { kind: "node", name: node.name, runs: isUp(node.status) };
}
