import { K3dError, isK3dError, shorten, withHint } from "../errors/index.js";
import { nearest } from "../model/nearest.js";
import { type ExpandedText, expandVariables } from "./expand.js";
import { hookCommandRanges } from "./hook-commands.js";
import type { ConfigLayer } from "./merge.js";
import { migrateTree } from "./migrate/index.js";
import { parentPath, resolvePath } from "./paths.js";
import { problemsError } from "./problems.js";
import {
  CONFIG_VERSIONS,
  type ConfigVersion,
  CURRENT_CONFIG_VERSION,
  isConfigVersion,
} from "./versions.js";
import { validateAgainstSchema } from "./schema/validate.js";
import type { SimpleConfig } from "./simple-config.js";
import { configSchema } from "./schema/index.js";
import { type ReadFile, readFailure, readSources } from "./sources.js";
import { readFilters, readNumbers, tidyTree } from "./tidy.js";
import { type Tree, compact, formatPath, parsePath } from "./tree.js";
import { type TextProblem, type YamlText, positionsIn, readYaml } from "./yaml-text.js";

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
  /** The path that a field has in the file, e.g. `name` for `metadata.name` in an older version. */
  originalPath(path: string): string;
  /** `FILE:LINE:COLUMN` of a field. */
  locate(path: string): string;
  warnings: string[];
  /** What an error of the config's values should say besides: which variables became empty. */
  note: string | undefined;
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
    environment === undefined
      ? unexpanded(source)
      : expandVariables(source, environment, await hookCommandRanges(source));
  const positionOf = positionsIn(source);
  const placeInSource = (offset: number): string => {
    const { line, column } = positionOf(offset);
    return `${name}:${line}:${column}`;
  };
  const place = (offset: number): string => placeInSource(expanded.originalOffset(offset));
  const unset = unsetVariables(source, expanded, placeInSource);
  const note = unsetNote(unset);
  const { yaml, version, tree, warnings } = await withNote(note, async () => {
    const read = await readYaml(expanded.text);
    if (Array.isArray(read)) throw placedError(read, place);
    return { yaml: read, ...(await checkTree(read, place)) };
  });
  const { config, originalPath } = migrateTree(tree);
  readNumbers(config);
  readFilters(config);
  return {
    config: config as unknown as SimpleConfig,
    version,
    originalPath,
    locate: (path) => place(yaml.offsetOf(parsePath(originalPath(path)))),
    warnings: [
      ...warnings,
      ...andMore(unset.slice(0, MOST_WARNINGS).map(unsetWarning), unset.length),
      ...(yaml.ignoredAt === undefined
        ? []
        : [`${place(yaml.ignoredAt)}: only the first document of the file is read, not this one`]),
    ],
    note,
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
  const { path, workingDirectory, readFile } = options;
  const parsed = await readConfig(options);
  const file = resolvePath(workingDirectory, path);
  const baseDir = path === "-" ? workingDirectory : parentPath(file);
  const { config, written } = await withNote(parsed.note, () =>
    readSources(parsed.config, { baseDir, workingDirectory, readFile, locate: parsed.locate }),
  );
  return { ...parsed, config, layer: { kind: "file", config, written, origin: parsed.locate } };
}

/**
 * Reads a config file alone; what it refers to stays as it is.
 *
 * @throws `NOT_FOUND` or `INVALID_CONFIG`.
 */
export async function readConfig({
  path,
  workingDirectory,
  environment,
  readFile,
  readStdin,
}: LoadOptions): Promise<LoadedConfig> {
  const fromStdin = path === "-";
  const file = resolvePath(workingDirectory, path);
  const text = fromStdin ? await readStdin() : await readConfigFile(file, path, readFile);
  const name = fromStdin ? "<stdin>" : path;
  const parsed = await parseConfig(text, { name, environment });
  const { config, locate } = parsed;
  return { ...parsed, layer: { kind: "file", config, origin: locate } };
}

async function readConfigFile(file: string, given: string, readFile: ReadFile): Promise<string> {
  try {
    return await readFile(file);
  } catch (error) {
    throw readFailure("Config file", given, error);
  }
}

/** A tree that fits the schema of its version. */
interface CheckedTree {
  version: ConfigVersion;
  tree: Tree;
  warnings: string[];
}

async function checkTree(yaml: YamlText, place: (offset: number) => string): Promise<CheckedTree> {
  const problems = headerProblems(yaml);
  const version = yaml.tree["apiVersion"];
  if (problems.length > 0 || !isConfigVersion(version)) throw placedError(problems, place);
  const { tree, unknown } = tidyTree(compact(yaml.tree) as Tree, configSchema(version));
  const found = await validateAgainstSchema(version, tree);
  const misfits = found
    .slice(0, MOST_PROBLEMS)
    .map(({ keys, part, message, hint }): TextProblem => ({
      code: "INVALID_CONFIG",
      path: formatPath(keys),
      message,
      hint,
      offset: yaml.offsetOf(keys, part),
    }));
  if (misfits.length > 0) throw placedError(misfits, place);
  const warnings = unknown.slice(0, MOST_WARNINGS).map(({ keys, nearest: near }) => {
    const meant = near === undefined ? "" : `; did you mean "${near}"?`;
    return `${place(yaml.offsetOf(keys, "key"))}: ${formatPath(keys)}: unknown field, which has no effect${meant}`;
  });
  return { version, tree, warnings: andMore(warnings, unknown.length) };
}

/** Fields that do not fit; finding the place of each takes time, and nobody reads more. */
const MOST_PROBLEMS = 200;

const MOST_WARNINGS = 20;

/** The warnings, and how many there are besides. */
function andMore(warnings: string[], count: number): string[] {
  const more = count - warnings.length;
  return more > 0 ? [...warnings, `… and ${more} more of them`] : warnings;
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
    const near =
      CONFIG_VERSIONS.find((known) => known.endsWith(`/${String(apiVersion)}`)) ??
      (newer ? undefined : nearest(String(apiVersion), CONFIG_VERSIONS));
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

/** A variable of the file that has no value, and its first place. */
interface UnsetVariable {
  name: string;
  place: string;
}

/** Each variable once, at its first place outside of comments. */
function unsetVariables(
  source: string,
  { unset }: ExpandedText,
  place: (offset: number) => string,
): UnsetVariable[] {
  const first = new Map<string, number>();
  for (const { name, at } of unset) {
    if (!first.has(name) && !inComment(source, at)) first.set(name, at);
  }
  return [...first].map(([name, at]) => ({ name: shorten(name), place: place(at) }));
}

const unsetWarning = ({ name, place }: UnsetVariable): string =>
  `${place}: the variable "${name}" is not set: it became empty`;

function unsetNote(unset: readonly UnsetVariable[]): string | undefined {
  if (unset.length === 0) return undefined;
  const shown = unset.slice(0, MOST_NOTED).map(({ name, place }) => `"${name}" (${place})`);
  const more = unset.length > MOST_NOTED ? ` and ${unset.length - MOST_NOTED} more` : "";
  return `Variables that are not set, and so became empty: ${shown.join(", ")}${more}.`;
}

const MOST_NOTED = 3;

/** What `work` gives; its error has the note in its hint. */
export async function withNote<T>(note: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw note !== undefined && isK3dError(error) ? withHint(error, note) : error;
  }
}

/** Whether a `#` that begins a comment stands before this place on its line. */
function inComment(source: string, at: number): boolean {
  const start = source.lastIndexOf("\n", at) + 1;
  if (at - start > LONGEST_LINE) return false;
  return /(^|\s)#/.test(source.slice(start, at));
}

/** Beyond it nobody has written the line by hand, and looking at it again and again takes long. */
const LONGEST_LINE = 2000;
