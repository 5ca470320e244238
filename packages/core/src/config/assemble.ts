import { maskData } from "../errors/index.js";
import { environmentToConfig } from "./environment.js";
import { type CreateFlags, flagsToConfig } from "./flags.js";
import { loadConfig } from "./load.js";
import {
  type ConfigLayer,
  type ValueSource,
  configValues,
  environmentLayer,
  flagLayer,
  mergeConfigs,
} from "./merge.js";
import { resolveConfig } from "./resolve.js";
import type { ResolvedConfig, SimpleConfig } from "./simple-config.js";
import { type ReadFile, inlineSources } from "./sources.js";
import { parsePath } from "./tree.js";

export interface AssembleOptions {
  flags?: CreateFlags;
  /** Config file; `-` is the standard input. */
  configPath?: string;
  /** Variables of {@link CONFIG_VARIABLES}, values for `$NAME` in the file and for `env` entries without one. */
  environment: Readonly<Record<string, string | undefined>>;
  /** Absolute; relative paths in flags and environment start here. */
  workingDirectory: string;
  readFile: ReadFile;
  readStdin: () => Promise<string>;
}

/** The effective config and how it came about. */
export interface AssembledConfig {
  /** What planning takes. */
  config: ResolvedConfig;
  /** What was set, without defaults. */
  given: SimpleConfig;
  sourceOf(path: string): ValueSource;
  /** What the user should know, in whole sentences. */
  warnings: string[];
}

/**
 * The config of a cluster to create: flags win over the environment, that over
 * the config file, and that over defaults; lists append.
 *
 * @throws `NOT_FOUND`, `INVALID_CONFIG`, `INVALID_INPUT` or
 * `CONFLICTING_OPTIONS`, naming every problem and where each value was set.
 */
export async function assembleConfig(options: AssembleOptions): Promise<AssembledConfig> {
  const { environment, configPath } = options;
  const file =
    configPath === undefined ? undefined : await loadConfig({ ...options, path: configPath });
  const variables = environmentLayer(environmentToConfig(environment));
  const flags = flagLayer(flagsToConfig(options.flags ?? {}));
  const merged = mergeConfigs([
    ...(file === undefined ? [] : [file.layer]),
    await withSources(variables, options),
    await withSources(flags, options),
  ]);
  const config = resolveConfig(merged.config, {
    environment,
    locate: (path) => merged.sourceOf(path).origin,
  });
  return {
    config,
    given: merged.config,
    sourceOf: merged.sourceOf,
    warnings: file?.warnings ?? [],
  };
}

async function withSources(
  layer: ConfigLayer,
  { workingDirectory, readFile }: AssembleOptions,
): Promise<ConfigLayer> {
  const locate = (path: string): string | undefined => layer.origin(path);
  return {
    ...layer,
    config: await inlineSources(layer.config, { baseDir: workingDirectory, readFile, locate }),
  };
}

/** One value of an effective config. */
export interface ConfigValue {
  path: string;
  /** Without secrets, which are `***`. */
  value: unknown;
  source: ValueSource;
}

/** Every value of the effective config with its source, for `config view`. */
export async function describeConfig({
  config,
  sourceOf,
}: Pick<AssembledConfig, "config" | "sourceOf">): Promise<ConfigValue[]> {
  return Promise.all(
    [...configValues(config)].map(async ([path, value]) => {
      const name = String(parsePath(path).findLast((key) => typeof key === "string"));
      return { path, value: await maskData(value, name), source: sourceOf(path) };
    }),
  );
}
