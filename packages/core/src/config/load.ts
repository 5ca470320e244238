import { K3dError } from "../errors/index.js";
import { nearest } from "../filters/index.js";
import { durationOfNanoseconds } from "./durations.js";
import { type ExpandedText, expandVariables } from "./expand.js";
import type { ConfigLayer } from "./merge.js";
import { migrateTree } from "./migrate/index.js";
import { parentPath, resolvePath } from "./paths.js";
import { problemsError } from "./problems.js";
import {
  CONFIG_VERSIONS,
  type ConfigVersion,
  CURRENT_CONFIG_VERSION,
  isConfigVersion,
} from "./schema/index.js";
import { validateAgainstSchema } from "./schema/validate.js";
import type { SimpleConfig } from "./simple-config.js";
import { type ReadFile, inlineSources, readFailure } from "./sources.js";
import { type Tree, compact, formatPath, isTree, parsePath } from "./tree.js";
import { type TextProblem, type YamlText, positionOf, readYaml } from "./yaml-text.js";

type Environment = Readonly<Record<string, string | undefined>>;

export interface ParseOptions {
  /** Name of the file in messages. */
  name: string;
  /** Values for `$NAME` and `${NAME}`. Absent: they stay as they are. */
  environment?: Environment;
}

/** A config file that was read. */
export interface ParsedConfig {
  /** In the current version. */
  config: SimpleConfig;
  /** Version that the file is written in. */
  version: ConfigVersion;
  /** `FILE:LINE:COLUMN` of a field. */
  locate(path: string): string;
  warnings: string[];
}

/**
 * Reads a config from its text: expands variables, checks it against the
 * schema of its version and migrates it to the current one.
 *
 * @throws `INVALID_CONFIG` naming every problem with file, line, column, field
 * and value.
 */
export async function parseConfig(
  text: string,
  { name, environment }: ParseOptions,
): Promise<ParsedConfig> {
  const source = text.replace(/^\uFEFF/, "");
  const expanded =
    environment === undefined ? unexpanded(source) : expandVariables(source, environment);
  const place = (offset: number): string => {
    const { line, column } = positionOf(source, expanded.originalOffset(offset));
    return `${name}:${line}:${column}`;
  };
  const yaml = await readYaml(expanded.text);
  if (Array.isArray(yaml)) throw placedError(yaml, place);
  const version = await checkTree(yaml, place);
  const { config, originalPath } = migrateTree(compact(yaml.tree) as Tree);
  return {
    config: normalise(config),
    version,
    locate: (path) => place(yaml.offsetOf(parsePath(originalPath(path)))),
    warnings: unsetWarnings(source, expanded, name),
  };
}

export interface LoadOptions {
  /** Path as the user gave it; `-` is the standard input. */
  path: string;
  /** Folder that a relative `path` starts at. */
  workingDirectory: string;
  environment: Environment;
  readFile: ReadFile;
  readStdin: () => Promise<string>;
}

/** A config file with all files that it names. */
export interface LoadedConfig extends ParsedConfig {
  /** To be merged with flags and environment. */
  layer: ConfigLayer;
}

/**
 * Reads a config file and the files that it refers to; paths in it become
 * absolute. Those in a config from the standard input start at the working
 * directory, and so does `registries.config` when it is not beside the file.
 *
 * @throws `NOT_FOUND` or `INVALID_CONFIG`.
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const { path, workingDirectory, environment, readFile, readStdin } = options;
  const fromStdin = path === "-";
  const file = resolvePath(workingDirectory, path);
  const text = fromStdin ? await readStdin() : await readConfigFile(file, path, readFile);
  const name = fromStdin ? "<stdin>" : path;
  const parsed = await parseConfig(text, { name, environment });
  const baseDir = fromStdin ? workingDirectory : parentPath(file);
  const config = await inlineSources(parsed.config, {
    baseDir,
    workingDirectory,
    readFile,
    locate: parsed.locate,
  });
  return { ...parsed, config, layer: { kind: "file", config, origin: parsed.locate } };
}

async function readConfigFile(file: string, given: string, readFile: ReadFile): Promise<string> {
  try {
    return await readFile(file);
  } catch (error) {
    throw readFailure("Config file", given, error);
  }
}

async function checkTree(
  yaml: YamlText,
  place: (offset: number) => string,
): Promise<ConfigVersion> {
  const problems = headerProblems(yaml);
  const version = yaml.tree["apiVersion"];
  if (problems.length > 0 || !isConfigVersion(version)) throw placedError(problems, place);
  const found = await validateAgainstSchema(version, compact(yaml.tree));
  const misfits = found.map(({ keys, part, message, hint }): TextProblem => ({
    code: "INVALID_CONFIG",
    path: formatPath(keys),
    message,
    ...(hint === undefined ? {} : { hint }),
    offset: yaml.offsetOf(keys, part),
  }));
  if (misfits.length > 0) throw placedError(misfits, place);
  return version;
}

function headerProblems({ tree, offsetOf }: YamlText): TextProblem[] {
  const problems: TextProblem[] = [];
  const add = (path: string, message: string, hint: string): void => {
    problems.push({ code: "INVALID_CONFIG", path, message, hint, offset: offsetOf([path]) });
  };
  const { apiVersion, kind } = tree;
  if (apiVersion === undefined || apiVersion === null) {
    add(
      "apiVersion",
      'The field "apiVersion" is missing',
      `Begin the file with "apiVersion: ${CURRENT_CONFIG_VERSION}".`,
    );
  } else if (!isConfigVersion(apiVersion)) {
    const newer = String(apiVersion).startsWith("k3d.io/v");
    const near = newer ? undefined : nearest(String(apiVersion), CONFIG_VERSIONS);
    add(
      "apiVersion",
      `Unknown version "${String(apiVersion)}"${near === undefined ? "" : `; did you mean "${near}"?`}`,
      `Known versions: ${CONFIG_VERSIONS.join(", ")}.`,
    );
  }
  if (kind !== "Simple") {
    const found =
      kind === undefined || kind === null
        ? 'The field "kind" is missing'
        : `Unknown kind ${JSON.stringify(kind)}`;
    add("kind", found, 'Write "kind: Simple" below the version.');
  }
  return problems;
}

function placedError(
  problems: readonly TextProblem[],
  place: (offset: number) => string,
): K3dError {
  const placed = problems.map(({ offset, ...problem }) => ({ ...problem, origin: place(offset) }));
  return problemsError(placed) ?? new K3dError("INVALID_CONFIG", "The config cannot be used");
}

const unexpanded = (text: string): ExpandedText => ({
  text,
  unset: [],
  originalOffset: (offset) => offset,
});

/** Numbers that stand for text become text. */
function normalise(config: Tree): SimpleConfig {
  const asText = (parent: unknown, key: string): void => {
    if (isTree(parent) && typeof parent[key] === "number") parent[key] = String(parent[key]);
  };
  const registries = config["registries"];
  const k3d = isTree(config["options"]) ? config["options"]["k3d"] : undefined;
  if (isTree(k3d) && typeof k3d["timeout"] === "number")
    k3d["timeout"] = durationOfNanoseconds(k3d["timeout"]);
  asText(config["kubeAPI"], "hostPort");
  if (isTree(registries)) asText(registries["create"], "hostPort");
  for (const port of Array.isArray(config["ports"]) ? config["ports"] : []) asText(port, "port");
  return config as unknown as SimpleConfig;
}

function unsetWarnings(source: string, { unset }: ExpandedText, name: string): string[] {
  return unset
    .filter(({ at }) => !/(^|\s)#/.test(source.slice(source.lastIndexOf("\n", at) + 1, at)))
    .map(({ name: variable, at }) => {
      const { line, column } = positionOf(source, at);
      return `${name}:${line}:${column}: the variable "${variable}" is not set: it became an empty text`;
    });
}
