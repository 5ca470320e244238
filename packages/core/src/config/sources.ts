import { isK3dError, K3dError, toK3dError } from "../errors/index.js";
import { notRead } from "../files/index.js";
import { parseRegistriesYaml } from "../registry/registries-yaml.js";
import { resolvePath } from "./paths.js";
import { ProblemCollector, type Locate } from "./problems.js";
import type { SimpleConfig } from "./simple-config.js";
import { type VolumeSpec, formatVolumeSpec, parseVolumeSpec, volumeFrom } from "./volumes.js";

/** Reads a whole text file; fails as `node:fs` does. */
export type ReadFile = (path: string) => Promise<string>;

export interface SourceOptions {
  /** Folder that relative paths start at: that of the config file, or the working directory for flags. */
  baseDir: string;
  /** Where the file of `registries.config` may be besides: k3d v5 looks there only. */
  workingDirectory?: string;
  readFile: ReadFile;
  locate?: Locate;
  /** Told of every file that was read, by the field that names it. */
  onRead?: (path: string, file: string) => void;
}

/**
 * Makes a config independent of where it was written: contents of `files` and
 * `registries.config` are read, other paths become absolute.
 *
 * A text of several lines is the content itself, a single line is a path, as
 * in k3d v5.
 *
 * @throws `NOT_FOUND` or `INVALID_CONFIG` for files that cannot be read or used.
 */
export async function inlineSources(
  config: SimpleConfig,
  options: SourceOptions,
): Promise<SimpleConfig> {
  const problems = new ProblemCollector();
  const { baseDir, workingDirectory = baseDir } = options;
  const read = async (path: string, what: string, text: string, dirs = [baseDir]) =>
    text.includes("\n") ? text : readSource({ text, what, path, dirs }, options, problems);
  const result = structuredClone(config);
  for (const [index, file] of (result.files ?? []).entries()) {
    file.source = await read(`files[${index}].source`, "Source of a file", file.source);
  }
  if (result.registries?.config !== undefined) {
    const before = problems.problems.length;
    const text = await read(
      "registries.config",
      "Registry configuration",
      result.registries.config,
      [baseDir, workingDirectory],
    );
    if (problems.problems.length === before) await checkRegistryConfig(text, problems);
    result.registries.config = text;
  }
  const absolute = (path: string, volume: string): string =>
    problems.collect(path, () => absoluteVolume(volume, baseDir)) ?? volume;
  for (const [index, entry] of (result.volumes ?? []).entries())
    entry.volume = absolute(`volumes[${index}].volume`, entry.volume);
  const create = result.registries?.create;
  if (create?.volumes !== undefined)
    create.volumes = create.volumes.map((volume, index) =>
      absolute(`registries.create.volumes[${index}]`, volume),
    );
  const proxy = result.options?.k3d?.proxy;
  if (proxy?.caFile !== undefined) proxy.caFile = resolvePath(baseDir, proxy.caFile);
  problems.throwIfAny(options.locate);
  return result;
}

interface Source {
  /** The path as it is written. */
  text: string;
  what: string;
  /** Of the field. */
  path: string;
  /** Folders that it may start at; the first that has it is taken. */
  dirs: readonly string[];
}

async function readSource(
  { text, what, path, dirs }: Source,
  { readFile, onRead }: SourceOptions,
  problems: ProblemCollector,
): Promise<string> {
  const files = [...new Set(dirs.map((dir) => resolvePath(dir, text)))];
  try {
    return await readFirst(files, what, async (file) => {
      const content = await readFile(file);
      onRead?.(path, file);
      return content;
    });
  } catch (error) {
    const { code, message, hint = "" } = toK3dError(error);
    problems.add(
      code,
      path,
      message,
      code === "NOT_FOUND"
        ? `${hint} In a config file, content itself is written as a block ("|").`
        : hint,
    );
    return text;
  }
}

/** The first file that there is. @throws what is wrong with it, or that the first one is not there. */
async function readFirst(
  [file = "", ...others]: readonly string[],
  what: string,
  readFile: ReadFile,
): Promise<string> {
  try {
    return await readFile(file);
  } catch (error) {
    const failure = readFailure(what, file, error);
    if (failure.code !== "NOT_FOUND" || others.length === 0) throw failure;
    try {
      return await readFirst(others, what, readFile);
    } catch (next) {
      throw isK3dError(next, "NOT_FOUND") ? failure : next;
    }
  }
}

/** What a failed read means to the user. */
export const readFailure = (what: string, file: string, error: unknown): K3dError =>
  notRead(`${what} ${file}`, error, { code: "INVALID_CONFIG" });

async function checkRegistryConfig(text: string, problems: ProblemCollector): Promise<void> {
  try {
    await parseRegistriesYaml(text);
  } catch (error) {
    const { message, hint = "" } = toK3dError(error);
    problems.add("INVALID_CONFIG", "registries.config", message, hint);
  }
}

/** The volume with an absolute source; what cannot be parsed is left for `resolveConfig` to refuse. */
function absoluteVolume(text: string, baseDir: string): string {
  const volume = ifParsed(text);
  if (volume === undefined) return text;
  const absolute = volumeFrom(baseDir, volume);
  return absolute.source === volume.source ? text : formatVolumeSpec(absolute);
}

function ifParsed(text: string): VolumeSpec | undefined {
  try {
    return parseVolumeSpec(text);
  } catch {
    return undefined;
  }
}

/**
 * A config and the same as somebody would write it: with absolute paths instead
 * of what is in the files.
 *
 * @throws as {@link inlineSources} does.
 */
export async function readSources(
  config: SimpleConfig,
  options: SourceOptions,
): Promise<{ config: SimpleConfig; written: SimpleConfig }> {
  const files = new Map<string, string>();
  const onRead = (path: string, file: string): void => void files.set(path, file);
  const read = await inlineSources(config, { ...options, onRead });
  const written = structuredClone(read);
  for (const [index, file] of (written.files ?? []).entries())
    file.source = files.get(`files[${index}].source`) ?? file.source;
  const registries = files.get("registries.config");
  if (written.registries !== undefined && registries !== undefined)
    written.registries.config = registries;
  return { config: read, written };
}
