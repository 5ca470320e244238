import type { K3dEvent } from "@k3d/core";
import type { Paint } from "../output/styles.js";
import { formatElapsed } from "../text/elapsed.js";

interface Task {
  title: string;
  startedAt: number;
  undo: boolean;
  detail?: string;
}

export interface TaskListOptions {
  paint: Paint;
  unicode: boolean;
}

const TIME_WIDTH = 6;
/** Lines of the terminal that are left free below the running tasks. */
const FREE_ROWS = 2;

/**
 * What a task list shows, as text: every ended task is one line that stays, the running ones are
 * the lines below. Steps come and go at any time and side by side, so a list of functions known
 * beforehand, as task-list libraries want it, does not fit.
 */
export class TaskList {
  readonly #tasks = new Map<string, Task>();
  readonly #paint: Paint;
  readonly #signs: {
    done: string;
    failed: string;
    undone: string;
    warning: string;
    frames: string[];
    more: string;
  };

  constructor({ paint, unicode }: TaskListOptions) {
    this.#paint = paint;
    this.#signs = unicode
      ? {
          done: "✔",
          failed: "✖",
          undone: "↶",
          warning: "▲",
          frames: Array.from("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"),
          more: "…",
        }
      : {
          done: "+",
          failed: "x",
          undone: "<",
          warning: "!",
          frames: ["-", "\\", "|", "/"],
          more: "...",
        };
  }

  get running(): number {
    return this.#tasks.size;
  }

  /** Takes an event in. @returns the line that now stays, when there is one. */
  apply(
    event: Exclude<K3dEvent, { type: "log" }>,
    now: number,
    columns: number,
  ): string | undefined {
    const signs = this.#signs;
    switch (event.type) {
      case "step.started":
        this.#tasks.set(event.id, {
          title: event.title,
          startedAt: now,
          undo: event.undo === true,
        });
        return undefined;
      case "step.progress": {
        const task = this.#tasks.get(event.id);
        if (task) task.detail = event.message;
        return undefined;
      }
      case "step.finished": {
        const undo = event.undo === true || this.#tasks.get(event.id)?.undo === true;
        this.#tasks.delete(event.id);
        const sign = undo ? this.#paint("yellow", signs.undone) : this.#paint("green", signs.done);
        return this.#line(
          sign,
          event.elapsedMs,
          undo ? `Undo: ${event.title}` : event.title,
          undefined,
          columns,
        );
      }
      case "step.failed":
        this.#tasks.delete(event.id);
        return this.#line(
          this.#paint("red", signs.failed),
          event.elapsedMs,
          event.title,
          undefined,
          columns,
        );
      case "warning":
        return this.warning(event.message, event.hint);
    }
  }

  /** A warning as lines that stay. */
  warning(message: string, hint?: string): string {
    const more = hint === undefined ? "" : `\n  ${this.#paint("dim", hint)}`;
    return `${this.#paint("yellow", this.#signs.warning)} ${message}${more}`;
  }

  /** The lines of the running tasks; `tick` turns the sign in front of them. */
  frame(now: number, tick: number, columns: number, rows: number): string[] {
    const tasks = [...this.#tasks.values()];
    const room = Math.max(1, rows - FREE_ROWS);
    const shown = tasks.length > room ? tasks.slice(0, room - 1) : tasks;
    const turn = this.#signs.frames[tick % this.#signs.frames.length] ?? "";
    const lines = shown.map((task) =>
      this.#line(
        this.#paint("cyan", turn),
        now - task.startedAt,
        task.undo ? `Undo: ${task.title}` : task.title,
        task.detail,
        columns,
      ),
    );
    const hidden = tasks.length - shown.length;
    if (hidden > 0) lines.push(this.#paint("dim", `  ${this.#signs.more} and ${hidden} more`));
    return lines;
  }

  #line(
    sign: string,
    elapsedMs: number,
    title: string,
    detail: string | undefined,
    columns: number,
  ): string {
    const time = formatElapsed(elapsedMs).padStart(TIME_WIDTH);
    // The sign, the time and the blanks around them; one column stays free, as some terminals wrap at the last.
    const room = Math.max(8, columns - (1 + TIME_WIDTH + 2) - 2);
    const shownTitle = cut(title, room, this.#signs.more);
    const left = room - shownTitle.length - 2;
    const shownDetail =
      detail === undefined || left < 8
        ? ""
        : `  ${this.#paint("dim", cut(detail, left, this.#signs.more))}`;
    return `${sign} ${this.#paint("dim", time)}  ${shownTitle}${shownDetail}`;
  }
}

function cut(text: string, width: number, more: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length <= width ? line : line.slice(0, width - more.length) + more;
}
