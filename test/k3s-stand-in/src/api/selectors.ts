import { ApiError } from "../errors.ts";
import type { KubeObject } from "../store/types.ts";

type Test = (object: KubeObject) => boolean;

function badRequest(message: string): ApiError {
  return new ApiError(400, "BadRequest", message);
}

/** Splits at commas that are not inside parentheses. */
function splitRequirements(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter(Boolean);
}

function labelTest(requirement: string): Test {
  const labels = (object: KubeObject): Record<string, string> => object.metadata.labels ?? {};
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(requirement);
  if (set) {
    const [, key, operator, list] = set as unknown as [string, string, string, string];
    const values = new Set(list.split(",").map((value) => value.trim()));
    if (operator === "in") return (object) => values.has(labels(object)[key] ?? "\0");
    return (object) => !values.has(labels(object)[key] ?? "\0");
  }
  const equality = /^([^!=\s]+)\s*(==|=|!=)\s*(\S*)$/.exec(requirement);
  if (equality) {
    const [, key, operator, value] = equality as unknown as [string, string, string, string];
    return operator === "!="
      ? (object) => labels(object)[key] !== value
      : (object) => labels(object)[key] === value;
  }
  const absent = /^!\s*(\S+)$/.exec(requirement);
  if (absent) return (object) => !((absent[1] as string) in labels(object));
  if (/^[^\s=!()]+$/.test(requirement)) return (object) => requirement in labels(object);
  throw badRequest(`unable to parse requirement: ${requirement}`);
}

export function labelSelector(text: string | null): Test {
  const tests = splitRequirements(text ?? "").map(labelTest);
  return (object) => tests.every((test) => test(object));
}

function fieldValue(object: KubeObject, path: string): string {
  let value: unknown = object;
  for (const part of path.split("."))
    value = (value as Record<string, unknown> | undefined)?.[part];
  return value === undefined || value === null ? "" : String(value);
}

export function fieldSelector(text: string | null): Test {
  const tests = splitRequirements(text ?? "").map((requirement): Test => {
    const match = /^([^!=]+)(==|=|!=)(.*)$/.exec(requirement);
    if (!match) throw badRequest(`invalid field selector: ${requirement}`);
    const [, path, operator, value] = match as unknown as [string, string, string, string];
    return operator === "!="
      ? (object) => fieldValue(object, path) !== value
      : (object) => fieldValue(object, path) === value;
  });
  return (object) => tests.every((test) => test(object));
}
