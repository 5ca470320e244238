import type { K3dError } from "../../../errors/index.js";
import type { Space } from "../local-machine.js";

/** A name that was looked up in the container. */
export interface Lookup {
  name: string;
  /** The resolver that was asked; absent: that of the container. */
  server?: string | undefined;
  resolved: boolean;
}

/** What is known of the engine's host. */
export interface HostView {
  /** Read in a container, which sees the engine's own kernel, or on this machine, which is the engine's host. */
  from: "container" | "machine";
  /** Text of files by path; of a directory, whose path ends in `/`, its names line by line. */
  files: ReadonlyMap<string, string>;
  /** Where the engine keeps containers and images. */
  space?: Space | undefined;
  /** The host's clock between two looks at ours. Milliseconds since 1970. */
  clock?: { host: number; before: number; after: number };
  /** Absent where the container could not look names up. */
  lookups?: readonly Lookup[];
  /** Whether another container on the same network answered; absent where that was not tried. */
  reachesNeighbour?: boolean;
}

/** The engine's host as far as it could be looked at. */
export interface HostSight {
  view?: HostView | undefined;
  /** Why there is no view from a container. */
  unseen?: string | undefined;
  /** How the engine refused a privileged container. */
  refused?: K3dError | undefined;
  /** How the engine refused a network. */
  networkRefused?: K3dError | undefined;
  /** The bounding set of capabilities of the host's first process, hexadecimal, where the host is this machine. */
  bounding?: string | undefined;
}
