import { ApiError } from "../errors.ts";
import type { KubeObject } from "../store/types.ts";
import { strategicMergePatch } from "./patch.ts";

type Fields = { [name: string]: Fields };

interface Managed {
  manager: string;
  operation: "Apply";
  apiVersion: string;
  time: string;
  fieldsType: "FieldsV1";
  fieldsV1: Fields;
}

const unmanaged = new Set([
  "apiVersion",
  "kind",
  "metadata.name",
  "metadata.namespace",
  "metadata.resourceVersion",
  "metadata.uid",
  "metadata.creationTimestamp",
  "metadata.managedFields",
]);

/** The set of fields that an applied configuration names; lists count as one field. */
function fieldsOf(value: unknown, path = ""): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  const result: Fields = {};
  for (const [key, inner] of Object.entries(value)) {
    const inside = path ? `${path}.${key}` : key;
    if (unmanaged.has(inside)) continue;
    const fields = fieldsOf(inner, inside);
    if (inside !== "metadata" || Object.keys(fields).length > 0) result[`f:${key}`] = fields;
  }
  return result;
}

function removeFields(target: Record<string, unknown>, old: Fields, now: Fields): void {
  for (const [key, inner] of Object.entries(old)) {
    const name = key.slice(2);
    const value = target[name];
    if (!(key in now)) delete target[name];
    else if (typeof value === "object" && value !== null && !Array.isArray(value))
      removeFields(value as Record<string, unknown>, inner, now[key] as Fields);
  }
}

function leaves(fields: Fields, path = ""): string[] {
  return Object.entries(fields).flatMap(([key, inner]) =>
    Object.keys(inner).length
      ? leaves(inner, `${path}.${key.slice(2)}`)
      : [`${path}.${key.slice(2)}`],
  );
}

function at(object: unknown, path: string): unknown {
  return path
    .split(".")
    .slice(1)
    .reduce<unknown>(
      (value, part) => (value as Record<string, unknown> | undefined)?.[part],
      object,
    );
}

/**
 * Server-side apply: fields that this manager applied before and no longer
 * names go; a field that another manager applied with another value is a
 * conflict unless forced. Throws ApiError 409.
 */
export function applied(
  current: KubeObject | undefined,
  body: KubeObject,
  manager: string,
  force: boolean,
): KubeObject {
  const fields = fieldsOf(body);
  const entries = ((current?.metadata.managedFields ?? []) as Managed[]).filter(
    (entry) => entry.operation === "Apply",
  );
  const before = entries.find((entry) => entry.manager === manager);
  const others = entries.filter((entry) => entry !== before);
  for (const other of others) {
    const clashes = leaves(other.fieldsV1).filter(
      (path) =>
        leaves(fields).includes(path) &&
        JSON.stringify(at(current, path)) !== JSON.stringify(at(body, path)),
    );
    if (clashes.length > 0 && !force) {
      throw new ApiError(
        409,
        "Conflict",
        `Apply failed with ${clashes.length} conflict${clashes.length > 1 ? "s" : ""}: conflicts with "${other.manager}": ${clashes.join(", ")}`,
        {
          causes: clashes.map((field) => ({
            reason: "FieldManagerConflict",
            message: `conflict with "${other.manager}"`,
            field,
          })),
        },
      );
    }
  }
  const base = structuredClone(current ?? { metadata: { name: body.metadata.name } }) as KubeObject;
  if (before) removeFields(base, before.fieldsV1, fields);
  const merged = strategicMergePatch(base, body) as KubeObject;
  const unchanged = before && JSON.stringify(before.fieldsV1) === JSON.stringify(fields);
  const own: Managed = {
    manager,
    operation: "Apply",
    apiVersion: body.apiVersion ?? "v1",
    time: unchanged ? before.time : new Date().toISOString().replace(/\.\d+/, ""),
    fieldsType: "FieldsV1",
    fieldsV1: fields,
  };
  merged.metadata = { ...merged.metadata, managedFields: [...others, own] };
  return merged;
}
