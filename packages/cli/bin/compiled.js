"use strict";
const fs = require("node:fs");
const { join } = require("node:path");

/** What has not been used for so long may go, in milliseconds. */
const OLD_MS = 60 * 24 * 60 * 60 * 1000;

/**
 * What V8 compiled of the bundle for one command, in one file: a table of contents (its length in four
 * bytes, then JSON), and V8's data of each module.
 *
 * V8 refuses data of other versions and other flags of its own by itself; that it fits the source is
 * for us to see to.
 */
class Compiled {
  #path;
  #data = new Map();
  #scripts = new Map();
  #isComplete = true;

  /**
   * @param directory where all such files are, the caller's own
   * @param bundle directory of the bundle
   * @param command what is named by the arguments
   */
  constructor(directory, bundle, command) {
    const owner = `${process.version}-${process.arch}-${hash(bundle)}`;
    this.#path = join(directory, owner, command);
    this.#readAll();
    process.once("exit", () => this.#write(directory));
  }

  /** What was compiled of a file with these contents. */
  read(filename, identity) {
    const entry = this.#data.get(filename);
    return entry?.of === identity ? entry.data : undefined;
  }

  /** Remembers what may have to be written in the end. */
  note(filename, identity, script) {
    this.#scripts.set(filename, { of: identity, script });
    // Neither true nor false where there was no data.
    if (script.cachedDataRejected !== false) this.#isComplete = false;
  }

  #readAll() {
    try {
      const file = fs.readFileSync(this.#path);
      const start = 4 + file.readUInt32LE(0);
      for (const { name, of, from, to } of JSON.parse(file.toString("utf8", 4, start))) {
        this.#data.set(name, { of, data: file.subarray(start + from, start + to) });
      }
    } catch {
      this.#data.clear();
    }
  }

  /** Nothing depends on it: without a place to write, each start compiles anew. */
  #write(directory) {
    if (this.#isComplete) return;
    const temporary = `${this.#path}.${process.pid}`;
    try {
      makeRoom(directory, join(this.#path, ".."));
      fs.writeFileSync(temporary, this.#serialized(), { mode: 0o600, flag: "wx", flush: true });
      fs.renameSync(temporary, this.#path);
    } catch {
      fs.rmSync(temporary, { force: true });
    }
  }

  #serialized() {
    const others = [...this.#data].filter(([name]) => !this.#scripts.has(name));
    const all = others.map(([name, entry]) => ({ name, ...entry }));
    for (const [name, { of, script }] of this.#scripts)
      all.push({ name, of, data: script.createCachedData() });
    let end = 0;
    const table = all.map(({ name, of, data }) => {
      const from = end;
      end += data.length;
      return { name, of, from, to: end };
    });
    const contents = Buffer.from(JSON.stringify(table));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(contents.length);
    return Buffer.concat([length, contents, ...all.map(({ data }) => data)]);
  }
}

/** What changes whenever the file is written. */
function identityOf(filename) {
  const { size, mtimeMs, ino } = fs.statSync(filename);
  return `${size} ${mtimeMs} ${ino}`;
}

/** Makes the directory of this installation, and takes away those of installations that are gone. */
function makeRoom(directory, own) {
  if (fs.existsSync(own)) return;
  fs.mkdirSync(own, { mode: 0o700 });
  for (const name of fs.readdirSync(directory)) {
    const path = join(directory, name);
    if (Date.now() - fs.statSync(path).mtimeMs > OLD_MS)
      fs.rmSync(path, { recursive: true, force: true });
  }
}

/** FNV-1a, for names of directories: what is read is checked by its contents. */
function hash(text) {
  let value = 0x811c9dc5;
  for (const char of Buffer.from(text)) value = Math.imul(value ^ char, 0x01000193) >>> 0;
  return value.toString(16);
}

module.exports = { Compiled, identityOf };
