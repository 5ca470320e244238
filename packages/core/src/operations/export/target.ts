import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { isK3dError, isSystemError, K3dError } from "../../errors/index.js";
import { makeDirectories } from "../../files/make-directories.js";
import { isDiskFull } from "../../files/not-written.js";

/**
 * A directory that appears whole or not at all: files are written into a hidden one beside it, which
 * takes its place in the end. Only the user can read them.
 */
export class ExportTarget {
  readonly files: string[] = [];

  private constructor(
    readonly directory: string,
    private readonly hidden: string,
  ) {}

  /**
   * @throws K3dError `ALREADY_EXISTS` when there is something at the path that is not an empty
   * directory, `INVALID_INPUT` when it cannot be made
   */
  static async open(path: string): Promise<ExportTarget> {
    const directory = resolve(path);
    try {
      await refuseForeign(directory);
      await makeDirectories(dirname(directory));
      const hidden = await mkdtemp(join(dirname(directory), `.${basename(directory)}.`));
      return new ExportTarget(directory, hidden);
    } catch (error) {
      throw fileError(error, directory);
    }
  }

  /** Writes a file; folders are made. */
  async text(path: readonly string[], content: string): Promise<void> {
    await this.#write(path, (file) => writeFile(file, content, { flag: "wx", mode: 0o600 }));
  }

  /** Writes a file line by line as the lines come. @returns whether there was any. */
  async lines(path: readonly string[], lines: AsyncIterable<string>): Promise<void> {
    await this.#write(path, (file) =>
      pipeline(
        Readable.from(withNewlines(lines)),
        createWriteStream(file, { flags: "wx", mode: 0o600 }),
      ),
    );
  }

  /** Puts the directory in its place. */
  async finish(): Promise<void> {
    try {
      await refuseForeign(this.directory);
      await rmdir(this.directory).catch(ignoreMissing);
      await rename(this.hidden, this.directory);
    } catch (error) {
      throw fileError(error, this.directory);
    }
  }

  /** Takes back what was written. */
  async discard(): Promise<void> {
    await rm(this.hidden, { recursive: true, force: true });
  }

  async #write(path: readonly string[], write: (file: string) => Promise<void>): Promise<void> {
    const parts = path.map(safeName);
    const file = join(this.hidden, ...parts);
    try {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await write(file);
      this.files.push(parts.join("/"));
    } catch (error) {
      throw isSystemError(error) ? fileError(error, join(this.directory, ...parts)) : error;
    }
  }
}

/** A name from a label or an engine as one part of a path: no separators, no dots in front. */
export function safeName(name: string): string {
  const safe = name.replaceAll(/[^\w.-]/g, "_").replace(/^\.+/, "_");
  return safe === "" ? "_" : safe.slice(0, 200);
}

async function* withNewlines(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}

async function refuseForeign(directory: string): Promise<void> {
  const entries = await readdir(directory).catch(ignoreMissing);
  if (entries === undefined || entries.length === 0) return;
  throw new K3dError("ALREADY_EXISTS", `Directory '${directory}' is not empty`, {
    hint: "Name one that does not exist yet, or an empty one: nothing is overwritten.",
  });
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}

function fileError(error: unknown, path: string): unknown {
  if (isK3dError(error)) return error;
  const { message } = error as NodeJS.ErrnoException;
  if (isDiskFull(error)) {
    return new K3dError("NO_SPACE", `No space left to write '${path}'`, {
      hint: "Free some space, or name a directory on another device; nothing was left behind.",
      cause: error,
    });
  }
  return new K3dError("INVALID_INPUT", `'${path}' cannot be written: ${message}`, {
    hint: "Check the path and its permissions.",
    cause: error,
  });
}
