import { ApiError } from "../errors.ts";

type Json = unknown;
type JsonObject = Record<string, Json>;

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** RFC 7386. */
export function mergePatch(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result: JsonObject = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/** Merge keys of the lists that strategic merge patches address by key; by field name, as they appear in the core API. */
const mergeKeys: Record<string, string> = {
  containers: "name",
  initContainers: "name",
  volumes: "name",
  env: "name",
  volumeMounts: "mountPath",
  conditions: "type",
  addresses: "type",
  imagePullSecrets: "name",
  secrets: "name",
  hostAliases: "ip",
  ownerReferences: "uid",
  taints: "key",
};

function mergeKeyOf(field: string, items: Json[]): string | undefined {
  if (field === "ports")
    return items.some((item) => isObject(item) && "containerPort" in item)
      ? "containerPort"
      : "port";
  return mergeKeys[field];
}

/** Strategic merge patch, with its `$patch`, `$deleteFromPrimitiveList`, `$setElementOrder` and `$retainKeys` directives. */
export function strategicMergePatch(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch;
  if (patch["$patch"] === "delete") return undefined;
  if (patch["$patch"] === "replace") return withoutDirectives(patch);
  const result: JsonObject = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    const directive = /^\$(deleteFromPrimitiveList|setElementOrder)\/(.+)$/.exec(key);
    if (directive?.[1] === "deleteFromPrimitiveList") {
      const field = directive[2] as string;
      const gone = new Set(value as Json[]);
      if (Array.isArray(result[field]))
        result[field] = (result[field] as Json[]).filter((item) => !gone.has(item));
    } else if (key === "$retainKeys") {
      const kept = new Set(value as string[]);
      for (const field of Object.keys(result)) if (!kept.has(field)) delete result[field];
    } else if (directive || key === "$patch") continue;
    else if (value === null) delete result[key];
    else if (Array.isArray(value)) result[key] = mergeList(key, result[key], value);
    else result[key] = strategicMergePatch(result[key], value);
  }
  return result;
}

function mergeList(field: string, target: Json, patch: Json[]): Json[] {
  const mergeKey = mergeKeyOf(field, patch);
  if (patch.some((item) => isObject(item) && item["$patch"] === "replace"))
    return patch.filter((item) => !(isObject(item) && item["$patch"] === "replace"));
  if (field === "finalizers" && Array.isArray(target))
    return [...new Set([...(target as Json[]), ...patch])];
  if (!mergeKey || !Array.isArray(target) || !patch.every(isObject))
    return patch.map(withoutDirectives);
  const result = [...(target as Json[])];
  for (const item of patch) {
    const at = result.findIndex(
      (candidate) => isObject(candidate) && candidate[mergeKey] === item[mergeKey],
    );
    if (item["$patch"] === "delete") {
      if (at >= 0) result.splice(at, 1);
    } else if (at >= 0) result[at] = strategicMergePatch(result[at], item);
    else result.push(withoutDirectives(item));
  }
  return result;
}

function withoutDirectives(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutDirectives);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !key.startsWith("$"))
      .map(([key, inner]) => [key, withoutDirectives(inner)]),
  );
}

interface JsonPatchStep {
  op: "add" | "remove" | "replace" | "move" | "copy" | "test";
  path: string;
  from?: string;
  value?: Json;
}

function pointer(path: string): string[] {
  if (path === "") return [];
  return path
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function invalid(message: string): ApiError {
  return new ApiError(
    422,
    "Invalid",
    `the server rejected our request due to an error in our request: ${message}`,
  );
}

function lookUp(document: Json, path: string): Json {
  let value = document;
  for (const part of pointer(path))
    value = Array.isArray(value) ? value[Number(part)] : isObject(value) ? value[part] : undefined;
  return value;
}

/** RFC 6902. */
export function jsonPatch(target: Json, steps: JsonPatchStep[]): Json {
  const document = structuredClone(target);
  for (const step of steps) {
    if (step.op === "test") {
      if (JSON.stringify(lookUp(document, step.path)) !== JSON.stringify(step.value))
        throw invalid(`testing value ${step.path} failed`);
      continue;
    }
    const value =
      step.op === "move" || step.op === "copy"
        ? structuredClone(lookUp(document, step.from ?? ""))
        : step.value;
    if (step.op === "move") change(document, step.from ?? "", "remove", undefined);
    change(
      document,
      step.path,
      step.op === "remove" || step.op === "replace" ? step.op : "add",
      value,
    );
  }
  return document;
}

function change(document: Json, path: string, op: "add" | "remove" | "replace", value: Json): void {
  const parts = pointer(path);
  const last = parts.pop();
  if (last === undefined) throw invalid("the whole document cannot be patched");
  const parent = lookUp(
    document,
    parts.length
      ? `/${parts.map((part) => part.replaceAll("~", "~0").replaceAll("/", "~1")).join("/")}`
      : "",
  );
  if (Array.isArray(parent)) {
    const index = last === "-" ? parent.length : Number(last);
    if (!Number.isInteger(index) || index < 0 || index > parent.length)
      throw invalid(`index out of range: ${path}`);
    if (op === "add") parent.splice(index, 0, value);
    else if (op === "remove") parent.splice(index, 1);
    else parent[index] = value;
    return;
  }
  if (!isObject(parent)) throw invalid(`missing path: ${path}`);
  if (op !== "add" && !(last in parent)) throw invalid(`missing path: ${path}`);
  if (op === "remove") delete parent[last];
  else parent[last] = value;
}
