import { isBuiltin } from "node:module";
import type { Plugin } from "rolldown";

const PREFIX = "\0builtin:";

/** Large modules, each an object of functions: loaded when the first of these is asked for. */
const lazy = new Set([
  "child_process",
  "crypto",
  "dgram",
  "dns",
  "fs/promises",
  "http",
  "http2",
  "https",
  "net",
  "perf_hooks",
  "readline",
  "tls",
  "zlib",
]);

/**
 * Takes Node's own modules from `process.getBuiltinModule` instead of importing them.
 *
 * An import of `node:fs` evaluates every lazy export of it, streams and all, only to build the
 * module's namespace, and modules such as `node:crypto` are imported by far more commands than use
 * them; together that took 15 ms of every command.
 */
export function plainBuiltins(): Plugin {
  return {
    name: "plain-builtins",
    resolveId(source) {
      return isBuiltin(source) ? `${PREFIX}${source.replace(/^node:/, "")}` : null;
    },
    load(id) {
      if (!id.startsWith(PREFIX)) return null;
      const name = id.slice(PREFIX.length);
      const module = `process.getBuiltinModule("node:${name}")`;
      if (!lazy.has(name)) return { code: `module.exports = ${module};`, moduleType: "js" };
      const keys = Object.keys(process.getBuiltinModule(`node:${name}`) ?? {}).join(" ");
      return {
        code: `
          for (const key of "${keys}".split(" ")) {
            Object.defineProperty(module.exports, key, {
              configurable: true,
              enumerable: true,
              get: () => ${module}[key],
              set(value) {
                Object.defineProperty(this, key, { configurable: true, enumerable: true, value, writable: true });
              },
            });
          }
        `,
        moduleType: "js",
      };
    },
  };
}
