import { shorten } from "../../errors/shorten.js";

/** Lines of a failed hook that its message has. */
const KEPT_LINES = 10;
const LINE_LENGTH = 400;

/** The last lines of what a command prints. */
export class Tail {
  #lines: string[] = [];

  add(line: string): void {
    if (line.trim() === "") return;
    this.#lines = [...this.#lines, shorten(line.trimEnd(), LINE_LENGTH)].slice(-KEPT_LINES);
  }

  get lines(): readonly string[] {
    return this.#lines;
  }
}
