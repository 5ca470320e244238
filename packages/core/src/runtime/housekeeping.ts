import type { CallOptions } from "./common.js";

/** Bytes that an engine's objects take on its disk. */
export interface DiskUsage {
  /** Container id → what it wrote itself, its anonymous volumes included. */
  containers: ReadonlyMap<string, number>;
  /** Volume name → content. */
  volumes: ReadonlyMap<string, number>;
}

/** Something of the runtime's own that a crash left and nothing uses: a bundle, a state directory, a lease. */
export interface RuntimeLeftover {
  /** Stable until it is removed. */
  id: string;
  /** For people: path or name. */
  name: string;
  /** For people: what it is and why nothing needs it. */
  reason: string;
  /** Bytes. */
  size?: number;
  created?: Date;
}

/** Optional: what a runtime can tell of its disk. All of it may be slow. */
export interface HousekeepingOperations {
  /** Sizes of what `list` gives; objects whose size is not known are left out. */
  usage(options?: CallOptions): Promise<DiskUsage>;
  /** Changes nothing. */
  leftovers(options?: CallOptions): Promise<RuntimeLeftover[]>;
  /** One that is gone already is no failure. */
  removeLeftover(id: string, options?: CallOptions): Promise<void>;
}
