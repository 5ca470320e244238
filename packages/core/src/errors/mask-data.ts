import { MASK, isSecretName, maskArgs, maskText } from "./mask.js";

/**
 * Plain data without its secrets, to be shown: values of fields with a
 * {@link isSecretName secret name}, of `NAME=value` and `--flag value` with
 * one, of such keys in texts that are YAML, and passwords in URLs.
 *
 * @param name what `data` is the value of, if anything.
 */
export function maskData(data: unknown, name = ""): unknown {
  if (typeof data === "string") return maskString(data, name);
  if (Array.isArray(data)) {
    if (data.every((item) => typeof item === "string")) return maskArgs(data);
    return data.map((item) => maskData(item));
  }
  if (typeof data !== "object" || data === null) return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, maskData(value, key)]),
  );
}

function maskString(text: string, name: string): string {
  if (isSecretName(name)) return text === "" ? text : MASK;
  const [masked = text] = text.includes("\n") ? [] : maskArgs([text]);
  return maskText(masked).replaceAll(YAML_ENTRY, (line, start: string, key: string) =>
    isSecretName(key) ? `${start}${MASK}` : line,
  );
}

/** `key: value`, with what stands before the value. */
const YAML_ENTRY = /^(\s*(?:- )?["']?([\w.-]+)["']?:[ \t]+)\S.*$/gm;
