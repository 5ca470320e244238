import type { K3dEvent } from "@k3d/core";
import { isTold, type LogLevel } from "../settings/log-level.js";
import type { Paint } from "../output/styles.js";
import { formatElapsed } from "../text/elapsed.js";
import { eventMessage, formatLogLine } from "./log-line.js";
import type { MonotonicClock, ProgressRenderer, ProgressStream } from "./renderer.js";

export interface PlainOptions {
  stream: ProgressStream;
  level: LogLevel;
  timestamps: boolean;
  paint: Paint;
  now: MonotonicClock;
}

/** Milliseconds after which a step that goes on is mentioned, so that a log shows what it waits for. */
const STILL_RUNNING_MS = 15_000;

interface RunningStep {
  title: string;
  startedAt: number;
  message?: string;
}

/** One line for every step that ended, every warning and every message. */
export function createPlainRenderer({
  stream,
  level,
  timestamps,
  paint,
  now,
}: PlainOptions): ProgressRenderer {
  const start = now();
  const running = new Map<string, RunningStep>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const log = (of: LogLevel, message: string): void => {
    if (closed || !isTold(of, level)) return;
    const when = timestamps
      ? { elapsedMs: 0, timestamp: new Date() }
      : { elapsedMs: now() - start };
    stream.write(`${formatLogLine(of, message, when, paint)}\n`);
  };

  const tellRunning = (): void => {
    for (const step of running.values()) {
      const elapsed = now() - step.startedAt;
      if (elapsed < STILL_RUNNING_MS) continue;
      const detail = step.message === undefined ? "" : `: ${step.message}`;
      log("info", `Still running after ${formatElapsed(elapsed)}: ${step.title}${detail}`);
    }
  };

  const follow = (event: K3dEvent): void => {
    if (event.type === "step.started") {
      running.set(event.id, { title: event.title, startedAt: now() });
    } else if (event.type === "step.progress") {
      const step = running.get(event.id);
      if (step) step.message = event.message;
    } else if (event.type === "step.finished" || event.type === "step.failed") {
      running.delete(event.id);
    }
    if (running.size > 0 && !timer) {
      timer = setInterval(tellRunning, STILL_RUNNING_MS);
      timer.unref();
    } else if (running.size === 0 && timer) {
      clearInterval(timer);
      timer = undefined;
    }
  };

  return {
    log,
    emit(event) {
      if (closed) return;
      follow(event);
      const told = eventMessage(event);
      if (told) log(told.level, told.message);
    },
    close() {
      closed = true;
      clearInterval(timer);
    },
  };
}
