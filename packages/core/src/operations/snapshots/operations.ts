import type { ResolvedConfig } from "../../config/resolved-config.js";
import type { SimpleConfig } from "../../config/simple-config.js";
import type { ClusterCreateResult } from "../contracts.js";
import type { OperationOptions } from "../options.js";

/** A snapshot as lists show it. */
export interface SnapshotView {
  name: string;
  /** Name of the cluster that it is of. */
  cluster: string;
  created: Date;
  runtime: string;
  architecture: string;
  k3sVersion: string;
  datastore: "sqlite" | "etcd";
  servers: number;
  agents: number;
  /** Names of the images in it. */
  images: string[];
  /** Directories of nodes that were asked for. */
  volumes: string[];
  /** Bytes; what it shares with other snapshots counts for each. */
  size: number;
}

export interface SnapshotCreateOptions extends OperationOptions {
  /** Default: the cluster's name and the time. */
  name?: string;
  /** Directories of the nodes to keep besides, absolute. */
  volumes?: readonly string[];
}

export interface SnapshotConfigOptions {
  cluster?: string;
  freePorts?: boolean;
}

/** Snapshots of this user's, which are files of this machine, and clusters that begin with one. */
export interface SnapshotOperations {
  /** Keeps a running cluster. @throws `NOT_FOUND`, `ALREADY_EXISTS`, `CONTAINER_FAILED`, `UNSUPPORTED`, `NO_SPACE`. */
  create(cluster: string, options?: SnapshotCreateOptions): Promise<SnapshotView>;
  /** By name. Damaged ones are told as warnings. */
  list(): Promise<SnapshotView[]>;
  /**
   * A config that makes such a cluster, without its name.
   *
   * @param options.cluster name of the cluster to be; the API keeps its port where it is that of the old one.
   * @param options.freePorts the published ports are found anew, for a cluster beside the old one.
   * @throws `NOT_FOUND`, `INVALID_INPUT`.
   */
  config(name: string, options?: SnapshotConfigOptions): Promise<SimpleConfig>;
  /** @throws `NOT_FOUND`, before anything is deleted. */
  delete(names: readonly string[]): Promise<string[]>;
  /** Writes it into one file. @throws `NOT_FOUND`, `INVALID_INPUT`, `NO_SPACE`. */
  export(name: string, path: string, options?: OperationOptions): Promise<SnapshotView>;
  /** @throws `NOT_FOUND`, `INVALID_INPUT`, `ALREADY_EXISTS`, `NO_SPACE`; nothing is kept then. */
  import(path: string, options?: OperationOptions & { name?: string }): Promise<SnapshotView>;
  /**
   * Creates the cluster of the config with what is in the snapshot, or with `replace` puts it in the
   * place of one that is there.
   *
   * @throws `INVALID_INPUT` (does not suit), `ALREADY_EXISTS`, and what a creation throws; an old
   * cluster is then as it was.
   */
  restore(
    name: string,
    config: ResolvedConfig,
    options?: OperationOptions & { replace?: boolean },
  ): Promise<ClusterCreateResult>;
}
