import { type ConfigVariable, FIELD_VARIABLES, variableOfField } from "./environment.js";
import { flagOfField } from "./flags.js";
import { isBelow } from "./options/index.js";
import type { SimpleConfig } from "./simple-config.js";
import { formatPath, isTree, parsePath, type Tree } from "./tree.js";

/** What set a value, in rising precedence. */
export type SourceKind = "default" | "file" | "environment" | "flag";

/** Where a value comes from. */
export interface ValueSource {
  kind: SourceKind;
  /** `k3d.yaml:4:10`, `K3D_IMAGE`, `--port`; absent for defaults. */
  origin?: string;
}

/** One config to merge and how to tell where its fields were set. */
export interface ConfigLayer {
  kind: Exclude<SourceKind, "default">;
  config: SimpleConfig;
  /** The config with paths instead of what is in the files. Default: `config`. */
  written?: SimpleConfig;
  origin(path: string): string | undefined;
}

export interface MergedConfig {
  config: SimpleConfig;
  /** What set the field at `path`, or the field it is part of. */
  sourceOf(path: string): ValueSource;
}

/** A layer made of flags. */
export const flagLayer = (config: SimpleConfig): ConfigLayer => ({
  kind: "flag",
  config,
  origin: flagOfField,
});

/** A layer made of environment variables. */
export const environmentLayer = (
  config: SimpleConfig,
  variables: readonly ConfigVariable[] = FIELD_VARIABLES,
): ConfigLayer => ({
  kind: "environment",
  config,
  origin: (path) => variableOfField(path, variables),
});

interface Owner {
  layer: ConfigLayer;
  /** Path of the value in its layer. */
  path: string;
}

/**
 * Merges configs, the later winning over the earlier ones. Lists of flags
 * append, objects merge field by field, anything else is replaced.
 */
export function mergeConfigs(layers: readonly ConfigLayer[]): MergedConfig {
  const owners = new Map<string, Owner>();
  let merged: Tree = {};
  for (const layer of layers) {
    merged = mergeTree(merged, ownFields(layer), [], layer, owners);
  }
  const empty: SimpleConfig = { apiVersion: "k3d.io/v1alpha5", kind: "Simple" };
  return {
    config: { ...empty, ...merged },
    sourceOf: (path) => sourceOf(path, owners),
  };
}

/** Version and kind are in every config; only in a file has somebody written them. */
function ownFields({ kind, config }: ConfigLayer): Tree {
  const { apiVersion, kind: configKind, ...fields } = config;
  return kind === "file" ? { apiVersion, kind: configKind, ...fields } : fields;
}

function mergeTree(
  base: Tree,
  added: Tree,
  path: readonly (string | number)[],
  layer: ConfigLayer,
  owners: Map<string, Owner>,
): Tree {
  const result = { ...base };
  for (const [key, value] of Object.entries(added)) {
    if (value === undefined) continue;
    const here = [...path, key];
    const before = result[key];
    if (Array.isArray(value)) {
      const kept: unknown[] = Array.isArray(before) && layer.kind === "flag" ? before : [];
      if (kept.length === 0) forget(formatPath(here), owners);
      for (const index of value.keys()) {
        owners.set(formatPath([...here, kept.length + index]), {
          layer,
          path: formatPath([...here, index]),
        });
      }
      result[key] = [...kept, ...value];
    } else if (isTree(value)) {
      result[key] = mergeTree(isTree(before) ? before : {}, value, here, layer, owners);
    } else {
      owners.set(formatPath(here), { layer, path: formatPath(here) });
      result[key] = value;
    }
  }
  return result;
}

/** What a list had before it was replaced has no owner any more. */
function forget(path: string, owners: Map<string, Owner>): void {
  for (const owned of owners.keys()) if (isBelow(owned, path)) owners.delete(owned);
}

function sourceOf(path: string, owners: ReadonlyMap<string, Owner>): ValueSource {
  const keys = parsePath(path);
  for (let length = keys.length; length > 0; length--) {
    const owner = owners.get(formatPath(keys.slice(0, length)));
    if (owner !== undefined)
      return asSource(owner, formatPath([...parsePath(owner.path), ...keys.slice(length)]));
  }
  for (const [owned, owner] of owners)
    if (owned !== path && isBelow(owned, path)) return asSource(owner, owner.path);
  return { kind: "default" };
}

function asSource({ layer }: Owner, path: string): ValueSource {
  const origin = layer.origin(path);
  return { kind: layer.kind, origin };
}

/** Every value of a config by its path, list entries as a whole. */
export function configValues(config: SimpleConfig): Map<string, unknown> {
  const values = new Map<string, unknown>();
  const walk = (value: unknown, path: readonly (string | number)[]): void => {
    if (isTree(value) && Object.keys(value).length > 0) {
      for (const [key, child] of Object.entries(value))
        if (child !== undefined) walk(child, [...path, key]);
    } else if (Array.isArray(value) && value.length > 0) {
      for (const [index, item] of value.entries()) values.set(formatPath([...path, index]), item);
    } else {
      values.set(formatPath(path), value);
    }
  };
  walk(config, []);
  return values;
}
