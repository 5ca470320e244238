import type { Plugin } from "rolldown";

/** A CommonJS module whose export is a function, and the module that requires it. */
interface Deferred {
  source: string;
  importer: RegExp;
}

/**
 * Modules that dockerode requires at once but needs seldom: ssh2 for `ssh://` endpoints, gRPC for
 * build sessions. Evaluating them took 20 ms of every command that talks to a local engine.
 */
const deferred: Deferred[] = [
  { source: "./ssh", importer: /[\\/]docker-modem[\\/]lib[\\/]modem\.js$/ },
  { source: "./session", importer: /[\\/]dockerode[\\/]lib[\\/]docker\.js$/ },
];

const PREFIX = "\0deferred:";
const SUFFIX = ".cjs";

/**
 * Replaces such a module by a function that evaluates it on the first call.
 *
 * @throws (at the end of the bundling) when a module in the list is no longer required the way the
 * list says although its importer is in the bundle
 */
export function deferModules(): Plugin {
  const importersSeen = new Set<Deferred>();
  const replaced = new Set<Deferred>();
  return {
    name: "defer-modules",
    async resolveId(source, importer) {
      if (importer === undefined || importer.startsWith(PREFIX)) return null;
      const found = deferred.filter((entry) => entry.importer.test(importer));
      for (const entry of found) importersSeen.add(entry);
      const match = found.find((entry) => entry.source === source);
      if (!match) return null;
      const resolved = await this.resolve(source, importer, { skipSelf: true });
      if (!resolved) return null;
      replaced.add(match);
      return `${PREFIX}${resolved.id}${SUFFIX}`;
    },
    load(id) {
      if (!id.startsWith(PREFIX)) return null;
      const path = JSON.stringify(id.slice(PREFIX.length, -SUFFIX.length));
      return `module.exports = function (...args) { return require(${path}).apply(this, args); };`;
    },
    generateBundle() {
      for (const entry of importersSeen) {
        if (!replaced.has(entry)) {
          throw new Error(
            `${entry.importer} no longer requires ${entry.source}: update defer-modules.ts`,
          );
        }
      }
    },
  };
}
