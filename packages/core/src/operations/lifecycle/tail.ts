import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
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

/** Hands every line of a stream on, as it comes. */
export async function eachLine(input: Readable, onLine: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input, crlfDelay: Infinity })) onLine(line);
}
