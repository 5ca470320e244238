import { isBuiltin } from "node:module";
import type { Plugin } from "rolldown";

const PREFIX = "\0builtin:";

/** Objects of functions that not every command uses: loaded when the first of these is asked for. */
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
  "stream/consumers",
  "timers/promises",
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
      return {
        code: `
          const load = () => ${module};
          module.exports = new Proxy({}, {
            // Helpers of compilers ask for __esModule when a module is required.
            get: (own, name) => (name === "__esModule" || Object.hasOwn(own, name) ? own : load())[name],
            has: (own, name) => name in own || name in load(),
            ownKeys: () => Object.keys(load()),
            getOwnPropertyDescriptor: (own, name) =>
              Object.hasOwn(load(), name)
                ? { configurable: true, enumerable: true, writable: true, value: load()[name] }
                : undefined,
          });
        `,
        moduleType: "js",
      };
    },
  };
}
