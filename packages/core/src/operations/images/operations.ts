import type { Readable } from "node:stream";

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
      /** Called once. */
      open(): Promise<Readable>;
    };

/** What one node got. */
export interface NodeImages {
  node: string;
  cluster: string;
  /** References of images, and names of archives, that were written to it. */
  imported: string[];
  /** References of images that it had already. */
  present: string[];
}

export interface ImageImportResult {
  nodes: NodeImages[];
}

/** Images in the containerd of clusters' nodes. */
export interface ClusterImageOperations {
  /**
   * Copies images into every server and agent of these clusters. Each image is read once, whatever
   * the number of nodes, and kept nowhere in between. Nodes that have an image already are left out.
   *
   * @throws `NOT_FOUND` (cluster), `IMAGE_NOT_FOUND`, `INVALID_INPUT` (no archive, an image without a
   * name), `CONTAINER_FAILED` (no node runs) before anything was copied; `COMMAND_FAILED`,
   * `CONTAINER_FAILED` or `NO_SPACE` when a node failed, after the others got everything.
   */
  import(
    clusters: readonly string[],
    sources: readonly ImageSource[],
    options?: { signal?: AbortSignal },
  ): Promise<ImageImportResult>;
}
