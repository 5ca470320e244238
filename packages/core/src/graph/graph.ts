import type { Role } from "../model/roles.js";

/** What stands in the picture of a cluster. */
export type GraphNodeKind = Exclude<Role, "noRole"> | "node" | "port" | "volume" | "directory";

/** How the wanted cluster differs from the one that is there. */
export type Difference = "added" | "removed" | "changed";

interface Compared {
  /** Only in a comparison, see `compareGraphs`; absent where nothing differs. */
  difference?: Difference;
  /** Why it is `changed`, for people. */
  causes?: string[];
}

/** One thing of a cluster. Names and details are as others wrote them: a renderer escapes them. */
export interface GraphNode extends Compared {
  /** Unique within the graph: its kind and what it is called. */
  id: string;
  kind: GraphNodeKind;
  name: string;
  /** What it is like, one short line each. */
  details: string[];
  /** The container's state; absent for what is planned or no container. */
  status?: string;
  /** Id of the network that its container stands in. */
  network?: string;
  /** A published port of which only the engine will choose the host's side. */
  open?: boolean;
}

/** A network; containers stand in it. */
export interface GraphNetwork extends Compared {
  id: string;
  name: string;
  details: string[];
}

export type GraphEdgeKind =
  /** From a port of the host to the container that it leads to. */
  | "publishes"
  /** From the load balancer to a node. */
  | "forwards"
  /** From a node to a volume or a directory of the host. */
  | "mounts";

export interface GraphEdge extends Compared {
  from: string;
  to: string;
  kind: GraphEdgeKind;
  /** Container ports, or the place that is mounted at. */
  label: string;
}

/** A cluster as data to draw: what is planned, what runs, or the difference of both. */
export interface ClusterGraph {
  cluster: string;
  /** What the picture shows: `planned`, `difference`, or a cluster's state. */
  state: string;
  /** The machine that all of it is on, by the name of its container runtime. */
  machine: string;
  networks: GraphNetwork[];
  nodes: GraphNode[];
  edges: GraphEdge[];
}
