import { K3dError, maskData } from "../errors/index.js";
import { DEFAULT_CLUSTER_NAME } from "../model/index.js";
import {
  type ConfigVariable,
  DEFAULT_VARIABLES,
  FIELD_VARIABLES,
  environmentToConfig,
} from "./environment.js";
import { fitToNodes } from "./fit-nodes.js";
import { flagsToConfig } from "./flags.js";
import { resolveHooks, runsOnHost } from "./hooks.js";
import { loadConfig, type LoadedConfig, readConfig, withNote } from "./load.js";
import {
  type ConfigLayer,
  type ValueSource,
  configValues,
  environmentLayer,
  flagLayer,
  mergeConfigs,
} from "./merge.js";
import { checkClusterName } from "./names.js";
import { parentPath, resolvePath } from "./paths.js";
import { ProblemCollector } from "./problems.js";
import { effectiveConfig, resolveConfig } from "./resolve.js";
import type { ResolvedConfig, ResolvedHook } from "./resolved-config.js";
import type { CreateFlags, EffectiveConfig, SimpleConfig } from "./simple-config.js";
import { type ReadFile, readSources } from "./sources.js";
import { parsePath, valueAt } from "./tree.js";

export interface AssembleOptions {
  /**
   * The config that a snapshot was taken with, independent of where it is. Flags and the config file
   * win over it, variables do not: they say how clusters are made here, and this one has been made.
   * What it says of single nodes that there will not be is left out, with a warning.
   */
  base?: { config: SimpleConfig; origin: string };
  flags?: CreateFlags;
  /** Config file; `-` is the standard input. */
  configPath?: string;
  /** Variables that set fields, values for `$NAME` in the file and for `env` entries without one. */
  environment: Readonly<Record<string, string | undefined>>;
  /** Nobody named the config file: commands for this host in it are refused. Default `false`. */
  unnamed?: boolean;
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
  /** The same with defaults, and with paths instead of what is in the files: a config file of its own. */
  effective: EffectiveConfig;
  sourceOf(path: string): ValueSource;
  /** What the user should know, in whole sentences. */
  warnings: string[];
}

/**
 * The config of a cluster to create: flags win over the variables of k3d v5
 * (`K3D_` and the path of a field), those over the config file, that over the
 * variables of ours, and those over defaults; lists of flags append. A snapshot's config
 * (`base`) wins over all variables.
 *
 * @throws `NOT_FOUND`, `INVALID_CONFIG`, `INVALID_INPUT` or
 * `CONFLICTING_OPTIONS`, naming every problem and where each value was set.
 */
export async function assembleConfig(options: AssembleOptions): Promise<AssembledConfig> {
  const { configPath } = options;
  const file =
    configPath === undefined ? undefined : await loadConfig({ ...options, path: configPath });
  return withNote(file?.note, () => assembleWith(file, options));
}

async function assembleWith(
  file: LoadedConfig | undefined,
  options: AssembleOptions,
): Promise<AssembledConfig> {
  const { environment, configPath, base } = options;
  if (base !== undefined) refuseHostHooks(base.config, base.origin);
  if (file !== undefined && options.unnamed === true)
    refuseHostHooks(file.config, configPath === "-" ? "The config of the bundle" : `${configPath}`);
  const fromEnvironment = (known: readonly ConfigVariable[]): Promise<ConfigLayer> =>
    withSources(environmentLayer(environmentToConfig(environment, known), known), options);
  const flags = flagLayer(flagsToConfig(options.flags ?? {}));
  const ofFile = file === undefined ? [] : [file.layer];
  const variables = await fromEnvironment(FIELD_VARIABLES);
  const defaults = await fromEnvironment(DEFAULT_VARIABLES);
  const given = await withSources(flags, options);
  const layersOn = (config: SimpleConfig | undefined): ConfigLayer[] => [
    defaults,
    ...(base === undefined || config === undefined
      ? [...ofFile, variables]
      : [variables, { kind: "file" as const, config, origin: () => base.origin }, ...ofFile]),
    given,
  ];
  const fitted = base && fittedBase(base, mergeConfigs(layersOn(base.config)).config);
  const layers = layersOn(fitted?.config);
  const merged = mergeConfigs(layers);
  const written = mergeConfigs(
    layers.map((layer) => ({ ...layer, config: layer.written ?? layer.config })),
  );
  const config = resolveConfig(merged.config, {
    environment,
    locate: (path) => merged.sourceOf(path).origin,
    hookDirectory: configPath === undefined ? undefined : directoryOf(configPath, options),
  });
  return {
    config,
    given: merged.config,
    effective: effectiveConfig(written.config),
    sourceOf: merged.sourceOf,
    warnings: [...(file?.warnings ?? []), ...(fitted?.warnings ?? [])],
  };
}

/**
 * @param merged what comes of the base as it is: it says how many nodes there will be, and which of
 * the base's settings count.
 */
function fittedBase(
  { config, origin }: NonNullable<AssembleOptions["base"]>,
  merged: SimpleConfig,
): { config: SimpleConfig; warnings: string[] } {
  const { servers = 1, agents = 0 } = merged;
  const fitted = fitToNodes(config, { server: servers, agent: agents });
  const counting = fitted.dropped.filter(({ field, entry }) =>
    ((valueAt(merged, field) ?? []) as unknown[]).includes(entry),
  );
  const names = counting.map(({ what }) => what).join(", ");
  const warning = `Left out, since ${origin} has it for nodes that there will not be: ${names}`;
  return { config: fitted.config, warnings: counting.length === 0 ? [] : [warning] };
}

/**
 * A file that came by itself (of a project, a bundle or a snapshot) must not decide what runs on this
 * host.
 *
 * @throws `INVALID_INPUT`
 */
function refuseHostHooks({ hooks = [] }: SimpleConfig, origin: string): void {
  const hook = hooks.find(runsOnHost);
  if (hook === undefined) return;
  throw new K3dError(
    "INVALID_INPUT",
    `${origin} has a hook that runs a command on this host at ${hook.when}, and nobody named it as a config file`,
    { hint: "Look at its hooks; if you trust them, name it with --config." },
  );
}

/** The folder of the config file; the working directory for the standard input. */
function directoryOf(
  path: string,
  { workingDirectory }: Pick<AssembleOptions, "workingDirectory">,
): string {
  return path === "-" ? workingDirectory : parentPath(resolvePath(workingDirectory, path));
}

/** What a config file and the environment say of which cluster is meant. */
export interface ConfigIdentity {
  /** Name of the cluster. */
  name: string;
  /** The runtime that the file names. */
  runtime: string | undefined;
  hooks: ResolvedHook[];
  warnings: string[];
}

/**
 * The cluster that a config file means, for commands that need no more of it:
 * files that it refers to are not read.
 *
 * @throws `NOT_FOUND`, `INVALID_CONFIG` or `INVALID_INPUT`
 */
export async function readConfigIdentity(
  options: Omit<AssembleOptions, "flags" | "configPath"> & { configPath: string },
): Promise<ConfigIdentity> {
  const { environment, configPath } = options;
  const { layer, warnings } = await readConfig({ ...options, path: configPath });
  const { config, sourceOf } = mergeConfigs([
    layer,
    environmentLayer(environmentToConfig(environment)),
  ]);
  const { name = DEFAULT_CLUSTER_NAME } = config.metadata ?? {};
  const problems = new ProblemCollector();
  problems.collect("metadata.name", () => checkClusterName(name));
  const locate = (path: string): string | undefined => sourceOf(path).origin;
  problems.throwIfAny(locate);
  const hooks = resolveHooks(config, { directory: directoryOf(configPath, options), locate });
  return { name, runtime: config.options?.runtime?.name, hooks, warnings };
}

async function withSources(
  layer: ConfigLayer,
  { workingDirectory, readFile }: AssembleOptions,
): Promise<ConfigLayer> {
  const locate = (path: string): string | undefined => layer.origin(path);
  const options = { baseDir: workingDirectory, readFile, locate };
  return { ...layer, ...(await readSources(layer.config, options)) };
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
  effective,
  sourceOf,
}: Pick<AssembledConfig, "effective" | "sourceOf">): Promise<ConfigValue[]> {
  return Promise.all(
    [...configValues(effective)].map(async ([path, value]) => {
      const name = String(parsePath(path).findLast((key) => typeof key === "string"));
      return { path, value: await maskData(value, name), source: sourceOf(path) };
    }),
  );
}
