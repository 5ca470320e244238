import { LABELS } from "../model/labels.js";
import type { ClusterView, NodeView } from "../node/views.js";

/** What a cluster is at a glance. */
export type ClusterStatus =
  /** All nodes run, and the API answers where that was asked. */
  | "running"
  /** Some nodes run, others do not. */
  | "degraded"
  /** It is being made, the engine starts nodes, or the API does not answer yet. */
  | "starting"
  | "paused"
  | "stopped"
  /** Its creation ended half-way, or a part is gone that it cannot do without. */
  | "incomplete";

export interface ClusterState {
  status: ClusterStatus;
  /** Servers, agents and load balancer that run. */
  running: number;
  /** Servers, agents and load balancer that there are. */
  total: number;
  /** Why it is `incomplete` or `starting`, for people. */
  reason?: string;
}

/** What engine and labels do not tell by themselves. */
export interface ClusterSigns {
  /** How far its creation came, where that is not over. */
  creation?: "going-on" | "broken-off";
  /** Whether the API answers. Absent: nobody asked. */
  apiAnswers?: boolean;
}

/** The state of a cluster by its nodes, and by `signs` where these are known. */
export function clusterState(cluster: ClusterView, signs: ClusterSigns = {}): ClusterState {
  const nodes = cluster.nodes.filter(({ role }) => role !== "registry");
  const running = nodes.filter(({ status }) => status === "running").length;
  const counts = { running, total: nodes.length };
  const starts = nodes.some(({ status }) => status === "restarting" || status === "creating");
  if (signs.creation === "going-on") return { status: "starting", ...counts, reason: "being made" };
  const lack = missingPart(cluster, nodes) ?? brokenOff(nodes, signs);
  if (lack !== undefined) return { status: "incomplete", ...counts, reason: lack };
  if (running === 0 && starts) return { status: "starting", ...counts, reason: "nodes start" };
  if (running === 0) {
    const paused = nodes.some(({ status }) => status === "paused");
    return { status: paused ? "paused" : "stopped", ...counts };
  }
  if (running < nodes.length) {
    return { status: starts ? "starting" : "degraded", ...counts };
  }
  if (signs.apiAnswers === false) {
    return { status: "starting", ...counts, reason: "the API does not answer" };
  }
  return { status: "running", ...counts };
}

/** `degraded 2/3`; for the other states the word alone. */
export function describeState({ status, running, total }: ClusterState): string {
  return status === "degraded" ? `${status} ${running}/${total}` : status;
}

function missingPart(cluster: ClusterView, nodes: readonly NodeView[]): string | undefined {
  const servers = nodes.filter(({ role }) => role === "server");
  if (servers.length === 0) return "no server";
  const named = servers.map(({ labels }) => labels[LABELS.serverLoadBalancer]).find(Boolean);
  return named !== undefined && !cluster.hasLoadBalancer ? `no ${named}` : undefined;
}

function brokenOff(nodes: readonly NodeView[], { creation }: ClusterSigns): string | undefined {
  const neverStarted = nodes.every(({ status }) => status === "created");
  return creation === "broken-off" || neverStarted ? "its creation broke off" : undefined;
}

/**
 * The k3s release in a node image's tag, `v1.33.6+k3s1`; `undefined` for tags that tell none.
 *
 * @param image reference of a node's image, e.g. `docker.io/rancher/k3s:v1.33.6-k3s1`
 */
export function k3sVersionOf(image: string): string | undefined {
  const [, release, rest] = /:(v\d+\.\d+\.\d+(?:-rc\d+)?)(-k3s\d+)?(?:$|[@-])/.exec(image) ?? [];
  if (release === undefined) return undefined;
  return rest === undefined ? release : `${release}+${rest.slice(1)}`;
}

/** The k3s releases of a cluster's nodes, each once; several while it is being upgraded. */
export function k3sVersions(cluster: ClusterView): string[] {
  const k3s = cluster.nodes.filter(({ role }) => role === "server" || role === "agent");
  return [...new Set(k3s.flatMap(({ image }) => k3sVersionOf(image) ?? []))];
}

/** When the first of its nodes was made. */
export function clusterCreated(cluster: ClusterView): Date | undefined {
  const times = cluster.nodes
    .filter(({ role }) => role !== "registry")
    .map(({ created }) => created.getTime());
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}
