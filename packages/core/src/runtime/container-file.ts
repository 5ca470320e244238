/** A file placed in a container before its first start. */
export interface ContainerFile {
  /** Absolute path in the container. */
  path: string;
  /** UTF-8 text. */
  content: string;
  /** Octal permission bits, e.g. `0o644`. */
  mode: number;
  /** For people. */
  description?: string;
}
