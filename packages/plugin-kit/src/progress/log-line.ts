import type { K3dEvent } from "@k3d/core";
import type { LogLevel } from "../settings/log-level.js";
import type { Paint } from "../output/styles.js";
import { formatElapsed } from "../text/elapsed.js";

const LABELS: Readonly<Record<LogLevel, string>> = {
  error: "ERRO",
  warn: "WARN",
  info: "INFO",
  debug: "DEBU",
  trace: "TRAC",
};

const STYLES = {
  error: "red",
  warn: "yellow",
  info: "cyan",
  debug: "gray",
  trace: "gray",
} as const;

/**
 * One log line as the Go k3d prints it: `INFO[0003] message`, where 3 are the seconds since start;
 * with timestamps `INFO[2026-11-22T14:00:00Z] message`.
 */
export function formatLogLine(
  level: LogLevel,
  message: string,
  when: { elapsedMs: number; timestamp?: Date },
  paint: Paint,
): string {
  const time =
    when.timestamp === undefined
      ? String(Math.floor(when.elapsedMs / 1000)).padStart(4, "0")
      : when.timestamp.toISOString().replace(/\.\d+Z$/, "Z");
  return `${paint(STYLES[level], LABELS[level])}[${time}] ${message}`;
}

/** What an event says as a log line; `undefined` for those that only move a task list. */
export function eventMessage(event: K3dEvent): { level: LogLevel; message: string } | undefined {
  switch (event.type) {
    case "step.started":
      return { level: "debug", message: `${undoPrefix(event.undo)}${event.title} …` };
    case "step.progress":
      return { level: "trace", message: `${event.title}: ${event.message}` };
    case "step.finished":
      return {
        level: "info",
        message: `${undoPrefix(event.undo)}${event.title} (${formatElapsed(event.elapsedMs)})`,
      };
    case "step.failed": {
      const failure = `${undoPrefix(event.undo)}${event.title} failed after ${formatElapsed(event.elapsedMs)}`;
      // The command ends with the reason; only that of an undo is told nowhere else.
      const reason = event.undo ? `: ${event.error.message}` : "";
      return { level: "error", message: `${failure}${reason}` };
    }
    case "warning":
      return {
        level: "warn",
        message: event.hint === undefined ? event.message : `${event.message} (${event.hint})`,
      };
    case "log":
      return { level: event.level, message: event.message };
  }
}

function undoPrefix(undo: boolean | undefined): string {
  return undo ? "Undo: " : "";
}
