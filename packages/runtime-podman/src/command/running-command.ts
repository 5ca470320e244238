import type { Readable, Writable } from "node:stream";
import type { CommandResult } from "./failure.js";

/** A podman process whose streams are used while it runs. */
export interface RunningCommand {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when it has ended, whatever its exit code; its `stdout` is empty, its `stderr` the end of what it wrote. */
  readonly ended: Promise<CommandResult>;
  kill(): void;
}
