import { Compiled, identityOf } from "./compiled.js";

const { existsSync, readFileSync } = process.getBuiltinModule("node:fs");
const { dirname, join, sep } = process.getBuiltinModule("node:path");

const BEFORE = "(function (exports, require, module, __filename, __dirname) {";
const AFTER = "\n})";

/** Node's own class of CommonJS modules. */
export type ModuleClass = typeof import("node:module");

type Require = Pick<NodeJS.Require, "cache" | "resolve"> & ((id: string) => unknown);
type Wrapped = (
  this: unknown,
  exports: unknown,
  require: Require,
  module: NodeJS.Module,
  filename: string,
  directory: string,
) => void;

/** No command's name has more words. */
const WORDS = 3;

/**
 * Loads the bundle, whose files are CommonJS modules, and keeps what was compiled of them.
 *
 * Node's own compile cache is written before a module has run, and so holds none of the functions
 * that are compiled when they are first called: a quarter of what `cluster list` took. What is loaded
 * here is in `require.cache` too, so that whoever else requires or imports a file of the bundle gets
 * the same module.
 */
export class OwnCode {
  /** Where the bundle is. */
  readonly directory: string;
  readonly #module: ModuleClass;
  readonly #cache: NodeJS.Require["cache"];
  #compiled: Compiled | undefined;

  constructor(directory: string, Module: ModuleClass) {
    this.directory = directory;
    this.#module = Module;
    this.#cache = Module.createRequire(directory).cache;
  }

  /**
   * From now on takes what was compiled before from a directory, and puts there at the end of the
   * process what was not.
   *
   * @param directory the caller's own: what is there is run
   * @param argv tells which command's code it is
   */
  keepCompiled(directory: string, argv: readonly string[]): void {
    if (process.env.NODE_DISABLE_COMPILE_CACHE || process.env.NODE_V8_COVERAGE) return;
    const compiled = new Compiled(directory, this.directory, this.#commandOf(argv));
    process.once("exit", () => compiled.write());
    this.#compiled = compiled;
  }

  /**
   * The exports of a file.
   *
   * @param path absolute
   * @returns `undefined` for a file that is not of the bundle
   */
  load(path: string): unknown {
    const known = this.#cache[path];
    if (known !== undefined) return known.exports;
    if (!path.startsWith(this.directory + sep)) return undefined;
    const module = new this.#module(path) as NodeJS.Module;
    module.filename = path;
    this.#cache[path] = module;
    try {
      this.#compile(path).call(
        module.exports,
        module.exports,
        this.#requireOf(path),
        module,
        path,
        dirname(path),
      );
      module.loaded = true;
    } finally {
      if (!module.loaded) delete this.#cache[path];
    }
    return module.exports;
  }

  #compile(filename: string): Wrapped {
    // Asked before it is read: whoever replaces it meanwhile gets no wrong code.
    const identity = this.#compiled && identityOf(filename);
    const source = readFileSync(filename, "utf8");
    const { Script, constants } = process.getBuiltinModule("node:vm");
    const script = new Script(`${BEFORE}${source}${AFTER}`, {
      filename,
      columnOffset: -BEFORE.length,
      cachedData: identity === undefined ? undefined : this.#compiled?.read(filename, identity),
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    if (identity !== undefined) this.#compiled?.note(filename, identity, script);
    return script.runInThisContext() as Wrapped;
  }

  #requireOf(filename: string): Require {
    const directory = dirname(filename);
    let outside: NodeJS.Require | undefined;
    const others = (): NodeJS.Require => (outside ??= this.#module.createRequire(filename));
    const own = (id: string): unknown =>
      id.startsWith(".") ? this.load(join(directory, id)) : (this.load(id) ?? others()(id));
    const resolve = ((id, options) =>
      id in this.#cache ? id : others().resolve(id, options)) as NodeJS.RequireResolve;
    return Object.assign(own, { resolve, cache: this.#cache });
  }

  /** The command that the first words name; what else there is shares names. */
  #commandOf(argv: readonly string[]): string {
    if (argv.some((word) => word === "--help" || word === "-h")) return "help";
    const words = argv.filter((word) => /^[a-z][a-z0-9-]*$/.test(word)).slice(0, WORDS);
    for (; words.length > 0; words.pop()) {
      if (existsSync(`${join(this.directory, "commands", ...words)}.js`)) return words.join("-");
    }
    return "others";
  }
}
