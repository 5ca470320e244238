import type { EventSink } from "@k3d/core";
import type { LogLevel } from "../settings/log-level.js";

/** Where progress goes: standard error, or a stand-in for it in tests. */
export interface ProgressStream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

/** Renders events of core; closed once, before the result or an error is printed. */
export interface ProgressRenderer extends EventSink {
  /** Prints a message of the command itself. */
  log(level: LogLevel, message: string): void;
  /** Takes away what is only for the moment. Later events are dropped. */
  close(): void;
}

/** Milliseconds since any fixed moment. */
export type MonotonicClock = () => number;
