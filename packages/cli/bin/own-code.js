"use strict";
const { existsSync, readFileSync } = require("node:fs");
const Module = require("node:module");
const { dirname, join, sep } = require("node:path");
const { Script, constants } = require("node:vm");
const { Compiled, identityOf } = require("./compiled.js");

const BEFORE = "(function (exports, require, module, __filename, __dirname) {";
const AFTER = "\n})";

/**
 * Loads the bundle, whose files are CommonJS modules, and keeps what was compiled of them.
 *
 * Node's own compile cache is written before a module has run, and so holds none of the functions
 * that are compiled when they are first called: a quarter of what `cluster list` takes. What is
 * loaded here is in `require.cache` too, so that whoever else requires or imports a file of the
 * bundle gets the same module.
 */
class OwnCode {
  #compiled;

  /** @param directory where the bundle is */
  constructor(directory) {
    this.directory = directory;
  }

  /**
   * Takes what was compiled before from a directory from now on, and puts there at the end of the
   * process what was not.
   *
   * @param directory the caller's own: what is there is run
   * @param argv tells which command's code it is
   */
  keepCompiled(directory, argv) {
    if (process.env.NODE_DISABLE_COMPILE_CACHE || process.env.NODE_V8_COVERAGE) return;
    this.#compiled = new Compiled(directory, this.directory, this.#commandOf(argv));
  }

  /**
   * The exports of a file.
   *
   * @param path absolute
   * @returns `undefined` for a file that is not of the bundle
   */
  load(path) {
    const { cache } = require;
    if (Object.hasOwn(cache, path)) return cache[path].exports;
    if (!path.startsWith(this.directory + sep)) return undefined;
    const module = new Module(path);
    module.filename = path;
    cache[path] = module;
    let isLoaded = false;
    try {
      const run = this.#compile(path);
      run.call(module.exports, module.exports, this.#requireOf(path), module, path, dirname(path));
      isLoaded = true;
    } finally {
      if (!isLoaded) delete cache[path];
    }
    module.loaded = true;
    return module.exports;
  }

  #compile(filename) {
    // Asked before it is read: whoever replaces it meanwhile gets no wrong code.
    const identity = this.#compiled && identityOf(filename);
    const source = readFileSync(filename, "utf8");
    const cachedData = this.#compiled?.read(filename, identity);
    const script = new Script(`${BEFORE}${source}${AFTER}`, {
      filename,
      cachedData,
      columnOffset: -BEFORE.length,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    this.#compiled?.note(filename, identity, script);
    return script.runInThisContext();
  }

  #requireOf(filename) {
    const directory = dirname(filename);
    let others;
    const outside = () => (others ??= Module.createRequire(filename));
    const own = (id) =>
      id.startsWith(".") ? this.load(join(directory, id)) : (this.load(id) ?? outside()(id));
    own.resolve = (id, options) => outside().resolve(id, options);
    own.cache = require.cache;
    return own;
  }

  /** The command that is named, by the files that there are; help and what is not found share one name. */
  #commandOf(argv) {
    const words = argv.filter((word) => /^[a-z][a-z0-9-]*$/.test(word));
    if (argv.some((word) => word === "--help" || word === "-h")) return "help";
    for (let count = Math.min(words.length, 3); count > 0; count -= 1) {
      const named = words.slice(0, count);
      if (existsSync(`${join(this.directory, "commands", ...named)}.js`)) return named.join("-");
    }
    return "others";
  }
}

module.exports = { OwnCode };
