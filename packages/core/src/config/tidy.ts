import { nearest } from "../model/nearest.js";
import { CURRENT_OPTIONS, type Option } from "./options/index.js";
import type { JsonSchema } from "./schema/json-schema.js";
import { type Tree, isTree, setValueAt, valueAt } from "./tree.js";

/** A field that nobody knows, in a place where k3d v5 lets such fields pass. */
export interface UnknownField {
  keys: (string | number)[];
  /** The field that was perhaps meant. */
  nearest: string | undefined;
}

/**
 * A config as it is meant: texts that are empty are left out, as k3d v5 takes
 * them, and so are unknown fields in the places that its schema leaves open,
 * where it also takes fields in any case (`HostPidMode`, as its own migration
 * writes it).
 */
export function tidyTree(tree: Tree, schema: JsonSchema): { tree: Tree; unknown: UnknownField[] } {
  const unknown: UnknownField[] = [];
  const resolve = ({ $ref, ...rest }: JsonSchema): JsonSchema =>
    $ref === undefined ? rest : (schema.definitions?.[$ref.replace("#/definitions/", "")] ?? rest);

  const tidy = (value: unknown, found: JsonSchema, keys: (string | number)[]): unknown => {
    const known = resolve(found);
    if (Array.isArray(value)) {
      const items = known.items;
      return items === undefined
        ? value
        : value.map((item, index) => tidy(item, items, [...keys, index]) ?? item);
    }
    if (!isTree(value))
      return value === "" && isText(known) && !EMPTY_IS_NONE.has(shapeOf(keys)) ? undefined : value;
    const fields = new Map<string, unknown>();
    for (const [key, child] of Object.entries(value)) {
      const name = nameOf(key, known, value);
      const field = name === undefined ? undefined : known.properties?.[name];
      if (name !== undefined && field !== undefined) {
        const kept = tidy(child, field, [...keys, key]);
        if (kept !== undefined) fields.set(name, kept);
      } else if (known.additionalProperties === true) {
        const names = Object.keys(known.properties ?? {});
        unknown.push({ keys: [...keys, key], nearest: nearest(key, names) });
      } else {
        fields.set(key, child);
      }
    }
    return Object.fromEntries(fields);
  };
  return { tree: tidy(tree, schema, []) as Tree, unknown };
}

/** Fields of entries, without the entries' numbers, that are read as they are when they are empty. */
const EMPTY_IS_NONE: ReadonlySet<string> = new Set(
  CURRENT_OPTIONS.flatMap(({ field, filtered }) =>
    filtered?.emptyIsNone === true ? [`${field}.${filtered.key}`] : [],
  ),
);

const shapeOf = (keys: readonly (string | number)[]): string =>
  keys.filter((key) => typeof key === "string").join(".");

const isText = ({ type }: JsonSchema): boolean => [type].flat().includes("string");

/** The field that a key means; in open places its case does not matter. */
function nameOf(
  key: string,
  { properties = {}, additionalProperties }: JsonSchema,
  siblings: Tree,
): string | undefined {
  if (Object.hasOwn(properties, key)) return key;
  if (additionalProperties !== true) return undefined;
  const wanted = key.toLowerCase();
  const name = Object.keys(properties).find((known) => known.toLowerCase() === wanted);
  return name === undefined || Object.hasOwn(siblings, name) ? undefined : name;
}

/** Turns numbers of a current config that stand for texts into those. */
export function readNumbers(config: Tree): void {
  for (const row of CURRENT_OPTIONS) {
    const value = row.section === true ? undefined : valueAt(config, row.field);
    if (typeof value === "number" && isText(row.schema)) {
      setValueAt(config, row.field, asText(row, value));
    } else if (Array.isArray(value) && row.filtered !== undefined) {
      for (const entry of value) readNumber(entry, row.filtered.key, row);
    }
  }
}

/** Turns the empty filter of a current config into the one for all nodes, as k3d v5 takes it but for ports. */
export function readFilters(config: Tree): void {
  for (const { field, filtered } of CURRENT_OPTIONS) {
    const entries = isForNodes(filtered) ? valueAt(config, field) : [];
    for (const entry of Array.isArray(entries) ? entries : [])
      if (isTree(entry) && isOneEmpty(entry["nodeFilters"])) entry["nodeFilters"] = ["all"];
  }
}

const isForNodes = (filtered: Option["filtered"]): boolean =>
  filtered !== undefined && !["load balancer", "host"].includes(filtered.unfiltered);

const isOneEmpty = (filters: unknown): boolean =>
  Array.isArray(filters) && filters.length === 1 && filters[0] === "";

function readNumber(entry: unknown, key: string, row: Option): void {
  if (isTree(entry) && typeof entry[key] === "number") entry[key] = asText(row, entry[key]);
}

const asText = ({ fromNumber = String }: Option, value: number): string => fromNumber(value);
