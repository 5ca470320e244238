import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { notWritten, writeFileSafely, type EventSink, type K3dError } from "@k3d/core";
import { printable, printableDocument } from "../output/printable.js";
import { chromeTrace } from "./chrome-trace.js";
import { timingsJson, timingsText } from "./report.js";
import { Timeline } from "./timeline.js";

export interface TimingsOptions {
  /** Whether `--timings` asks for the critical path. */
  print: boolean;
  /** Where `--timings-file` wants the trace. */
  file?: string | undefined;
  /** The command in the user's words. */
  command: string;
  /** Milliseconds since the process began. */
  now: () => number;
}

/** Keeps what a command's steps took, and tells it in the end. */
export class Timings implements EventSink {
  readonly #timeline = new Timeline();
  readonly #options: TimingsOptions;

  constructor(options: TimingsOptions) {
    this.#options = options;
  }

  emit(event: Parameters<EventSink["emit"]>[0]): void {
    this.#timeline.record(event, this.#options.now());
  }

  /**
   * Writes the file and prints on the stream, each where it was asked for.
   *
   * @throws K3dError `INVALID_INPUT`, `NO_SPACE` when the file cannot be written
   */
  async tell(stream: { write(text: string): unknown }, asJson: boolean): Promise<void> {
    const { print, file, command, now } = this.#options;
    const { steps } = this.#timeline;
    const end = now();
    if (print) {
      const text = asJson
        ? printableDocument(JSON.stringify(timingsJson(steps, end)))
        : printable(timingsText(steps, end));
      stream.write(`${text}\n`);
    }
    if (file === undefined) return;
    const text = `${JSON.stringify(chromeTrace(steps, end, command))}\n`;
    await writeFileSafely(file, text, { directories: false }).catch((error: unknown) => {
      throw notWritable(file, error);
    });
  }
}

/** @throws K3dError `INVALID_INPUT` when there can be no such file, before any work is done for it */
export async function checkTimingsFile(file: string): Promise<void> {
  try {
    const there = await stat(file).catch(() => undefined);
    if (there?.isDirectory()) throw new Error("it is a directory");
    await access(there === undefined ? dirname(resolve(file)) : file, constants.W_OK);
  } catch (error) {
    throw notWritable(file, error);
  }
}

const notWritable = (file: string, cause: unknown): K3dError =>
  notWritten(`Timings cannot be written to '${file}'`, cause, {
    hint: "Name a file in an existing directory, e.g. --timings-file timings.json",
  });
