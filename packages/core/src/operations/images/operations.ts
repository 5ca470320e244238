import type { Readable } from "node:stream";
import type { ResolvedHook } from "../../config/resolved-config.js";
import type { OperationOptions } from "../options.js";

/** What is to be imported: an image that the engine has, or an archive of images. */
export type ImageSource =
  | {
      kind: "image";
      /** Full or familiar reference, or an id. */
      reference: string;
    }
  | {
      /** A docker-archive or an OCI archive; it may be compressed with gzip or zstd. */
      kind: "archive";
      /** For messages: a path, or what stands for standard input. */
      name: string;
      /** Bytes, where known. */
      size?: number;
      /** Whether it can be opened more than once. Default: `false`. */
      canReopen?: boolean;
      open(): Promise<Readable>;
    };

/**
 * How images get into nodes. `direct`: by one stream to each. `tools-node`: through a file in the image
 * volume. `auto`: through the volume where several nodes share it.
 */
export type ImportMode = "auto" | "direct" | "tools-node";

export interface ImageImportOptions extends OperationOptions {
  /** Default: `auto`. */
  mode?: ImportMode;
  /** `os/arch[/variant]`. Default: what the nodes run. */
  platform?: string;
  /** All platforms that the source holds. */
  allPlatforms?: boolean;
  /** Leaves the archive in the image volume, if it goes that way. */
  keepTarball?: boolean;
  /** Hooks for a cluster, as `HookOptions.hooks`. */
  hooksOf?: (cluster: string) => readonly ResolvedHook[] | undefined;
}

/** What one node got. */
export interface NodeImages {
  node: string;
  cluster: string;
  /** Full references of the images that were written to it. */
  imported: string[];
  /** Full references of images that it had already. */
  present: string[];
  /** Bytes that were sent for it; nodes that share the image volume share them. */
  sent: number;
}

export interface ImageImportResult {
  nodes: NodeImages[];
}

/** An image that a node has. */
export interface NodeImage {
  node: string;
  cluster: string;
  /** Digest of its configuration, `sha256:…`. */
  id: string;
  /** Full references with a tag. */
  names: string[];
  /** Full references with a digest. */
  digests: string[];
  /** Bytes, as the node counts them. */
  size: number;
  /** A container has it, or the node needs it for itself. Absent when the node does not tell. */
  inUse?: boolean;
}

export interface ImageRemoveOptions extends OperationOptions {
  /** Also what containers use. Default: `false`. */
  force?: boolean;
}

export interface ImagePruneOptions extends OperationOptions {
  /** All that no container uses, not only what has no name any more. Default: `false`. */
  all?: boolean;
  /** Only tells what would be removed. Default: `false`. */
  dryRun?: boolean;
}

/** Images in the containerd of clusters' nodes. */
export interface ClusterImageOperations {
  /**
   * Copies images into every server and agent of these clusters: those that are named, and no others.
   * Each source is read once, whatever the number of nodes. Images, and layers of images, that a node
   * has already are not sent to it.
   *
   * @throws `NOT_FOUND` (cluster), `IMAGE_NOT_FOUND`, `INVALID_INPUT` (no archive, an archive without
   * names, another platform), `CONTAINER_FAILED` (no node runs); `COMMAND_FAILED`, `CONTAINER_FAILED`
   * or `NO_SPACE` when a node failed, after the others got everything. `details.nodes` then says what
   * each got. `HOOK_REFUSED`, `HOOK_FAILED`.
   */
  import(
    clusters: readonly string[],
    sources: readonly ImageSource[],
    options?: ImageImportOptions,
  ): Promise<ImageImportResult>;

  /**
   * The images of every running node of these clusters.
   *
   * @throws `NOT_FOUND` (cluster), `CONTAINER_FAILED` (no node runs), `COMMAND_FAILED`.
   */
  list(clusters: readonly string[], options?: OperationOptions): Promise<NodeImage[]>;

  /**
   * Takes names away from every running node of these clusters, and images with their last name. An id
   * stands for all names.
   *
   * @returns what was removed.
   * @throws `IMAGE_NOT_FOUND` when no node has one of them, `INVALID_INPUT` when a container uses one,
   * before anything is removed; `COMMAND_FAILED`.
   */
  remove(
    clusters: readonly string[],
    references: readonly string[],
    options?: ImageRemoveOptions,
  ): Promise<NodeImage[]>;

  /**
   * Removes images without a name that no container uses.
   *
   * @returns what was removed.
   * @throws `COMMAND_FAILED`.
   */
  prune(clusters: readonly string[], options?: ImagePruneOptions): Promise<NodeImage[]>;
}
