import type { Script } from "node:vm";

const fs = process.getBuiltinModule("node:fs");
const { dirname, join } = process.getBuiltinModule("node:path");

/** What has not been used for so long may go, in milliseconds. */
const OLD_MS = 60 * 24 * 60 * 60 * 1000;
/** No process writes for so long, in milliseconds. */
const UNFINISHED_MS = 60 * 60 * 1000;

interface Entry {
  /** {@link identityOf} the source. */
  of: string;
  data: Buffer;
}

/** A line of the table of contents: bytes from the end of the table. */
interface Line {
  name: string;
  of: string;
  from: number;
  to: number;
}

/**
 * What V8 compiled of the bundle for one command, in one file: a table of contents (its length in
 * four bytes, then JSON), and V8's data of each module.
 *
 * V8 by itself refuses data of other versions and other flags of its own; that it fits the source is
 * for us to see to.
 */
export class Compiled {
  readonly #path: string;
  readonly #data: ReadonlyMap<string, Entry>;
  readonly #scripts = new Map<string, { of: string; script: Script }>();
  #isComplete = true;

  /**
   * Whoever makes it sees to it that {@link write} is called in the end.
   *
   * @param directory where all such files are, the caller's own: what is there is run
   * @param bundle directory of the bundle
   * @param command what is named by the arguments
   */
  constructor(directory: string, bundle: string, command: string) {
    // V8 takes no data that was made with other flags.
    const flags = [...process.execArgv, process.env.NODE_OPTIONS].join(" ");
    const owner = `${process.version}-${process.arch}-${hash(`${bundle} ${flags}`)}`;
    this.#path = join(directory, owner, command);
    this.#data = entriesOf(this.#path);
  }

  /** What was compiled of a source of this identity. */
  read(filename: string, identity: string): Buffer | undefined {
    const entry = this.#data.get(filename);
    return entry?.of === identity ? entry.data : undefined;
  }

  /** Remembers what may have to be written. */
  note(filename: string, identity: string, script: Script): void {
    this.#scripts.set(filename, { of: identity, script });
    // Neither true nor false where there was no data.
    if (script.cachedDataRejected !== false) this.#isComplete = false;
  }

  /**
   * Writes what was compiled until now, if a module of it was not there before. Nothing depends on
   * it: without a place to write, each start compiles anew.
   */
  write(): void {
    if (this.#isComplete) return;
    // No command's name has a point.
    const temporary = `${this.#path}.${process.pid}`;
    try {
      makeRoom(dirname(this.#path));
      fs.writeFileSync(temporary, this.#serialized(), { mode: 0o600, flag: "wx", flush: true });
      fs.renameSync(temporary, this.#path);
    } catch {
      ignoringErrors(() => fs.unlinkSync(temporary));
    }
  }

  #serialized(): Buffer {
    // What came before an update of k3d has other names, or other contents.
    const all = new Map([...this.#data].filter(([name, { of }]) => isStill(name, of)));
    for (const [name, { of, script }] of this.#scripts)
      all.set(name, { of, data: script.createCachedData() });
    let to = 0;
    const table: Line[] = [...all].map(([name, { of, data }]) => {
      const from = to;
      to += data.length;
      return { name, of, from, to };
    });
    const contents = Buffer.from(JSON.stringify(table));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(contents.length);
    return Buffer.concat([length, contents, ...[...all.values()].map(({ data }) => data)]);
  }
}

/** What changes whenever the file is written. */
export function identityOf(filename: string): string {
  const { size, mtimeMs, ino } = fs.statSync(filename);
  return `${size} ${mtimeMs} ${ino}`;
}

function isStill(filename: string, identity: string): boolean {
  try {
    return identityOf(filename) === identity;
  } catch {
    return false;
  }
}

function entriesOf(path: string): Map<string, Entry> {
  try {
    const file = fs.readFileSync(path);
    const start = 4 + file.readUInt32LE(0);
    const table = JSON.parse(file.toString("utf8", 4, start)) as Line[];
    return new Map(
      table.map(({ name, of, from, to }) => [
        name,
        { of, data: file.subarray(start + from, start + to) },
      ]),
    );
  } catch {
    return new Map();
  }
}

/**
 * Makes the directory of this installation, and takes away those of installations that are gone; in one that is there,
 * what processes left that were killed while they wrote.
 */
function makeRoom(own: string): void {
  if (fs.existsSync(own)) {
    removeOlder(own, UNFINISHED_MS, (name) => name.includes("."));
    return;
  }
  fs.mkdirSync(own, { mode: 0o700 });
  removeOlder(dirname(own), OLD_MS);
}

function removeOlder(directory: string, ageMs: number, isMeant = (_name: string) => true): void {
  ignoringErrors(() => {
    for (const name of fs.readdirSync(directory).filter(isMeant)) {
      const path = join(directory, name);
      if (Date.now() - fs.statSync(path).mtimeMs > ageMs) fs.rmSync(path, { recursive: true });
    }
  });
}

function ignoringErrors(work: () => void): void {
  try {
    work();
  } catch {
    // What is left takes some room.
  }
}

/** FNV-1a, for names of directories: what is read is checked by its contents. */
function hash(text: string): string {
  let value = 0x81_1c_9d_c5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01_00_01_93) >>> 0;
  return value.toString(16);
}
