import { isAbsolute } from "node:path";
import type { Plugin } from "rolldown";

/** A module and who requires it. */
interface Deferred {
  source: string;
  importer: RegExp;
  /** Name of the file that it goes into, for modules too large to be read by every command. */
  file?: string;
  /** Left out of the bundle: using it throws. */
  absent?: boolean;
}

const MODEM = "docker-modem[\\\\/]lib[\\\\/]";
const DOCKERODE = "dockerode[\\\\/]lib[\\\\/]";

/**
 * What dockerode requires at once but needs seldom: ssh2 for `ssh://` endpoints, TLS for `tcp://`
 * endpoints with certificates, tar and zlib for image builds. Loading them took 30 ms of every
 * command that talks to a local engine. Build sessions, which need gRPC, are nothing k3d uses.
 */
const deferred: Deferred[] = [
  { source: "./ssh", importer: new RegExp(`${MODEM}modem\\.js$`), file: "docker-ssh" },
  { source: "./session", importer: new RegExp(`${DOCKERODE}docker\\.js$`), absent: true },
  {
    source: "./buildkit",
    importer: new RegExp(`${DOCKERODE}docker\\.js$`),
    file: "docker-buildkit",
  },
  { source: "https", importer: new RegExp(`${MODEM}http\\.js$`) },
  { source: "tar-fs", importer: new RegExp(`${DOCKERODE}util\\.js$`) },
  { source: "zlib", importer: new RegExp(`${DOCKERODE}util\\.js$`) },
];

const PROXY = "\0deferred:";
const LOADER = "\0deferred-loader:";
const SUFFIX = ".cjs";

function loadExpression({ source, file, absent }: Deferred, path: string): string {
  if (absent) return `{ throw new Error("k3d's bundle leaves out ${source} of dockerode"); }`;
  if (file) return `require(${JSON.stringify(`${LOADER}${file}|${path}`)}).load()`;
  return `require(${JSON.stringify(isAbsolute(path) ? path : source)})`;
}

/**
 * Replaces such a module by a proxy that loads it when it is first called or read from.
 *
 * @throws (at the end of the build) when a module of the list is no longer required the way the list
 * says although its importer is in the bundle
 */
export function deferModules(): Plugin {
  const importersSeen = new Set<Deferred>();
  const replaced = new Map<string, Deferred>();
  return {
    name: "defer-modules",
    async resolveId(source, importer) {
      if (source.startsWith(LOADER)) return source;
      if (importer === undefined || importer.startsWith("\0")) return null;
      const found = deferred.filter((entry) => entry.importer.test(importer));
      for (const entry of found) importersSeen.add(entry);
      const match = found.find((entry) => entry.source === source);
      if (!match) return null;
      const resolved = await this.resolve(source, importer, { skipSelf: true });
      if (!resolved) return null;
      const id = `${PROXY}${resolved.id.replaceAll("\0", "")}${SUFFIX}`;
      replaced.set(id, match);
      return id;
    },
    load(id) {
      if (id.startsWith(LOADER)) {
        const [name = "", path = ""] = id.slice(LOADER.length).split("|");
        const reference = this.emitFile({ type: "chunk", id: path, name: `deferred/${name}` });
        return `
          import { createRequire } from "node:module";
          import { fileURLToPath } from "node:url";
          export const load = () =>
            createRequire(import.meta.url)(fileURLToPath(import.meta.ROLLUP_FILE_URL_${reference})).default;
        `;
      }
      const match = replaced.get(id);
      if (!match) return null;
      const path = id.slice(PROXY.length, -SUFFIX.length);
      return `
        const load = () => ${loadExpression(match, path)};
        module.exports = new Proxy(function () {}, {
          apply: (_, self, args) => Reflect.apply(load(), self, args),
          get: (_, name) => load()[name],
        });
      `;
    },
    buildEnd(error) {
      if (error) return;
      const done = new Set(replaced.values());
      for (const entry of importersSeen) {
        if (!done.has(entry)) {
          throw new Error(
            `${entry.importer} no longer requires ${entry.source}: update defer-modules.ts`,
          );
        }
      }
    },
  };
}
