import { isTold, type LogLevel } from "../settings/log-level.js";
import { printableDocument } from "../output/printable.js";
import type { ProgressRenderer, ProgressStream } from "./renderer.js";

export interface JsonOptions {
  stream: ProgressStream;
  level: LogLevel;
  /** The time of day. */
  clock?: () => Date;
}

/**
 * One JSON object per line: the event as core emits it, with `time` (ISO 8601) in front and whole
 * milliseconds. Log events
 * keep to the log level; steps and warnings are always there.
 */
export function createJsonRenderer({
  stream,
  level,
  clock = () => new Date(),
}: JsonOptions): ProgressRenderer {
  let closed = false;
  const write = (event: object): void => {
    if (!closed)
      stream.write(
        `${printableDocument(JSON.stringify({ time: clock().toISOString(), ...event }))}\n`,
      );
  };
  return {
    emit(event) {
      if (event.type === "log" && !isTold(event.level, level)) return;
      write("elapsedMs" in event ? { ...event, elapsedMs: Math.round(event.elapsedMs) } : event);
    },
    log(of, message) {
      if (isTold(of, level)) write({ type: "log", level: of, message });
    },
    close() {
      closed = true;
    },
  };
}
