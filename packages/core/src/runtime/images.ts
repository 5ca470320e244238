import type { Readable } from "node:stream";
import type { CallOptions } from "./common.js";

export interface ImageInfo {
  /** Content id, `sha256:…`. */
  id: string;
  /** Full references, e.g. `docker.io/library/nginx:1.27`. */
  references: string[];
  digests: string[];
  /** Bytes. */
  size: number;
  created?: Date;
  os?: string;
  architecture?: string;
  variant?: string;
  config: {
    entrypoint: string[];
    cmd: string[];
    env: string[];
    workingDir?: string;
    user?: string;
    volumes: string[];
    exposedPorts: string[];
    labels: Record<string, string>;
  };
}

export type ImageSummary = Pick<ImageInfo, "id" | "references" | "digests" | "size" | "created"> & {
  labels: Record<string, string>;
};

export interface PullProgress {
  message: string;
  /** Bytes so far / in all, over all layers, where known. */
  current?: number;
  total?: number;
}

export interface PullOptions extends CallOptions {
  /** `os/arch[/variant]`. Default: the engine's own. */
  platform?: string;
  onProgress?: (progress: PullProgress) => void;
}

export interface SaveOptions extends CallOptions {
  /** `os/arch[/variant]`. Default: the engine's own. */
  platform?: string;
}

/** Images. References are full or familiar (`nginx:1.27` means `docker.io/library/nginx:1.27`). */
export interface ImageOperations {
  /** @throws `IMAGE_NOT_FOUND`. */
  inspect(reference: string, options?: CallOptions): Promise<ImageInfo>;
  list(options?: CallOptions): Promise<ImageSummary[]>;
  /** Credentials come from where the engine's own client keeps them. @throws `IMAGE_NOT_FOUND` (denied or unknown), `REMOTE_UNAVAILABLE`. */
  pull(reference: string, options?: PullOptions): Promise<void>;
  /** One docker-archive tar stream with all references. @throws `IMAGE_NOT_FOUND` before the first byte. */
  save(references: string[], options?: SaveOptions): Promise<Readable>;
  /**
   * Reads a docker-archive, and an OCI-archive where the engine can. The stream is read to its end, or destroyed on failure.
   * @returns the references it brought.
   * @throws `INVALID_INPUT` (no archive), `UNSUPPORTED` (a form that the engine cannot read).
   */
  load(archive: Readable, options?: CallOptions): Promise<string[]>;
  /** Takes the reference away, and the image with its last one. @throws `IMAGE_NOT_FOUND`. */
  remove(reference: string, options?: CallOptions & { force?: boolean }): Promise<void>;
}
