import type { OperationOptions } from "../options.js";

export interface ExportOptions extends OperationOptions {
  /** Only these clusters. Default: all. */
  clusters?: readonly string[];
  /** Version of this k3d, to be noted. */
  version: string;
  /** When it is made. */
  now: Date;
}

export interface ExportResult {
  directory: string;
  clusters: string[];
  /** Paths below the directory, in order. */
  files: string[];
  /** What could not be had, one line each; the rest is there. */
  problems: string[];
}
