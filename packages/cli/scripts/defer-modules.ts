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
  /** An ES module, of which importers want the namespace. */
  esModule?: boolean;
  /** Variable of the environment without which it does nothing: functions that return functions. */
  silentWithout?: string;
}

const MODEM = "docker-modem[\\\\/]lib[\\\\/]";
const DOCKERODE = "dockerode[\\\\/]lib[\\\\/]";
const OCLIF = "@oclif[\\\\/]core[\\\\/]lib[\\\\/]";
const inOclif = (path: string): RegExp =>
  new RegExp(`${OCLIF}${path.replaceAll("/", "[\\\\/]")}\\.js$`);

/**
 * What is required at once but needed seldom.
 *
 * Of dockerode: ssh2 for `ssh://` endpoints, TLS for `tcp://` endpoints with certificates, tar and zlib for image builds,
 * streams of its own for what is hijacked. Loading them took 30 ms of every command that talks to a local engine. Build
 * sessions, which need gRPC, are nothing k3d uses.
 *
 * Of oclif: what finds commands without a manifest, what renders help and errors. It was a third of what every command read.
 */
const deferred: Deferred[] = [
  { source: "./ssh", importer: new RegExp(`${MODEM}modem\\.js$`), file: "docker-ssh" },
  { source: "./session", importer: new RegExp(`${DOCKERODE}docker\\.js$`), absent: true },
  // Swarm's objects, of which k3d has none.
  ...["config", "node", "plugin", "secret", "service", "task"].map((name) => ({
    source: `./${name}`,
    importer: new RegExp(`${DOCKERODE}docker\\.js$`),
    absent: true,
  })),
  // A list needs none of them.
  ...["container", "exec", "image", "network", "volume"].map((name) => ({
    source: `./${name}`,
    importer: new RegExp(`${DOCKERODE}docker\\.js$`),
    file: `docker-${name}`,
  })),
  {
    source: "./buildkit",
    importer: new RegExp(`${DOCKERODE}docker\\.js$`),
    file: "docker-buildkit",
  },
  {
    source: "./http_duplex",
    importer: new RegExp(`${MODEM}modem\\.js$`),
    file: "docker-hijacked",
  },
  { source: "https", importer: new RegExp(`${MODEM}http\\.js$`) },
  {
    source: "@balena/dockerignore",
    importer: new RegExp(`${DOCKERODE}util\\.js$`),
    file: "docker-ignore",
  },
  { source: "tar-fs", importer: new RegExp(`${DOCKERODE}util\\.js$`), file: "docker-tar" },
  { source: "zlib", importer: new RegExp(`${DOCKERODE}util\\.js$`) },
  { source: "ejs", importer: inOclif("(?:config/config|help/util)"), file: "ejs", esModule: true },
  {
    source: "minimatch",
    importer: inOclif("config/plugin-loader"),
    file: "minimatch",
    esModule: true,
  },
  {
    source: "tinyglobby",
    importer: inOclif("config/plugin"),
    file: "tinyglobby",
    esModule: true,
  },
  { source: "lilconfig", importer: inOclif("util/read-pjson"), file: "lilconfig" },
  { source: "cli-spinners", importer: inOclif("ux/action/spinner"), file: "cli-spinners" },
  {
    source: "wrap-ansi",
    importer: inOclif("(?:errors/errors/(?:cli|pretty-print)|help/formatter)"),
    file: "wrap-ansi",
  },
  { source: "string-width", importer: inOclif("help/formatter"), file: "string-width-of-help" },
  { source: "widest-line", importer: inOclif("help/formatter"), file: "widest-line" },
  { source: "./help", importer: inOclif("(?:flags|main)"), file: "oclif-help" },
  { source: "./ux", importer: inOclif("(?:command|main)"), file: "oclif-ux" },
  { source: "../ux", importer: inOclif("(?:config/config|parser/help)"), file: "oclif-ux" },
  {
    source: "../ux/theme",
    importer: inOclif("(?:config/config|parser/errors)"),
    file: "oclif-theme",
  },
  { source: "../../ux/theme", importer: inOclif("errors/errors/cli"), file: "oclif-theme" },
  {
    source: "./errors",
    importer: inOclif("parser/(?:parse|validate)"),
    file: "oclif-parser-errors",
  },
  { source: "./handle", importer: inOclif("errors/index"), file: "oclif-handle" },
  { source: "../util/find-root", importer: inOclif("config/plugin"), file: "oclif-find-root" },
  { source: "debug", importer: inOclif("logger"), file: "debug", silentWithout: "DEBUG" },
  {
    source: "debug",
    importer: new RegExp(`${MODEM}modem\\.js$`),
    file: "debug",
    silentWithout: "DEBUG",
  },
];

const PROXY = "\0deferred:";
const LOADER = "\0deferred-loader:";
const ENTRY = "\0deferred-entry:";
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
  const done = new Set<Deferred>();
  const replaced = new Map<string, Deferred>();
  return {
    name: "defer-modules",
    async resolveId(source, importer) {
      if (source.startsWith(LOADER) || source.startsWith(ENTRY)) return source;
      if (importer === undefined || importer.startsWith("\0")) return null;
      const found = deferred.filter((entry) => entry.importer.test(importer));
      for (const entry of found) importersSeen.add(entry);
      const match = found.find((entry) => entry.source === source);
      if (!match) return null;
      const resolved = await this.resolve(source, importer, { skipSelf: true });
      if (!resolved) return null;
      const id = `${PROXY}${resolved.id.replaceAll("\0", "")}${SUFFIX}`;
      replaced.set(id, match);
      done.add(match);
      return id;
    },
    load(id) {
      if (id.startsWith(LOADER)) {
        const [name = "", path = ""] = id.slice(LOADER.length).split("|");
        const entry = `${ENTRY}${path}${SUFFIX}`;
        const reference = this.emitFile({ type: "chunk", id: entry, name: `deferred/${name}` });
        // The bundler makes a CommonJS module of it as it stands, or one in which that is the default.
        return `
          import { fileURLToPath } from "node:url";
          const file = fileURLToPath(import.meta.ROLLUP_FILE_URL_${reference});
          export const load = () => {
            const loaded = require(file);
            return (loaded.default ?? loaded).value;
          };
        `;
      }
      if (id.startsWith(ENTRY)) {
        const path = id.slice(ENTRY.length, -SUFFIX.length);
        return `exports.value = require(${JSON.stringify(path)});`;
      }
      const match = replaced.get(id);
      if (!match) return null;
      const path = id.slice(PROXY.length, -SUFFIX.length);
      const { silentWithout: variable } = match;
      const silent =
        variable === undefined
          ? ""
          : `!process.env.${variable} ? () => Object.assign(() => {}, { enabled: false }) :`;
      return `
        const load = () => ${loadExpression(match, path)};
        module.exports = ${silent} new Proxy(function () {}, {
          apply: (_, self, args) => Reflect.apply(load(), self, args),
          construct: (_, args) => Reflect.construct(load(), args),
          // TypeScript's helpers ask for __esModule when a module is required, long before it is used.
          get: (_, name) => (name === "__esModule" ? ${match.esModule === true} : load()[name]),
        });
      `;
    },
    buildEnd(error) {
      if (error) return;
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
