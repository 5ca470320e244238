import { isTold, type LogLevel } from "../settings/log-level.js";
import type { Paint } from "../output/styles.js";
import { formatLogLine } from "./log-line.js";
import type { Painter } from "./painter.js";
import type { MonotonicClock, ProgressRenderer, ProgressStream } from "./renderer.js";
import { TaskList } from "./task-list.js";

export interface TtyOptions {
  stream: ProgressStream;
  level: LogLevel;
  paint: Paint;
  unicode: boolean;
  now: MonotonicClock;
  /** Repaints the lines at the bottom of the terminal; see `loadPainter`. */
  painter: Painter;
}

const FRAME_MS = 100;

/** A task list with elapsed times. */
export function createTtyRenderer({
  stream,
  level,
  paint,
  unicode,
  now,
  painter,
}: TtyOptions): ProgressRenderer {
  const list = new TaskList({ paint, unicode });
  const start = now();
  let timer: NodeJS.Timeout | undefined;
  let tick = 0;
  let closed = false;

  const columns = (): number => stream.columns ?? 80;
  const repaint = (): void => {
    painter.paint(list.frame(now(), tick, columns(), stream.rows ?? 24));
  };
  const clear = (): void => {
    clearInterval(timer);
    timer = undefined;
    painter.clear();
  };
  const print = (text: string): void => {
    if (timer) painter.print(text);
    else stream.write(`${text}\n`);
  };

  const log = (of: LogLevel, message: string): void => {
    if (closed || !isTold(of, level)) return;
    if (of === "info") print(message);
    else if (of === "warn") print(list.warning(message));
    else print(formatLogLine(of, message, { elapsedMs: now() - start }, paint));
  };

  return {
    log,
    emit(event) {
      if (closed) return;
      if (event.type === "log") {
        log(event.level, event.message);
        return;
      }
      if (event.type === "warning" ? !isTold("warn", level) : !isTold("info", level)) return;
      const line = list.apply(event, now(), columns());
      if (line !== undefined) print(line);
      if (list.running > 0) {
        timer ??= setInterval(() => {
          tick++;
          repaint();
        }, FRAME_MS).unref();
        repaint();
      } else if (timer) {
        clear();
      }
    },
    close() {
      if (timer) clear();
      closed = true;
    },
  };
}
