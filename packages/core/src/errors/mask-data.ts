import { MASK, isSecretName, maskArgs, maskText } from "./mask.js";
import { maskFields } from "./mask-fields.js";
import { maskYaml } from "./mask-yaml.js";

/**
 * Plain data without its secrets, to be shown: values of fields with a
 * {@link isSecretName secret name}, of `NAME=value` and `--flag value` with
 * one, of such fields in texts that are YAML or JSON, and all that
 * {@link maskText} finds in texts.
 *
 * @param name what `data` is the value of, if anything.
 */
export async function maskData(data: unknown, name = ""): Promise<unknown> {
  if (typeof data === "string") return maskString(data, name);
  if (Array.isArray(data)) {
    if (data.every((item) => typeof item === "string")) {
      const masked = maskArgs(data);
      return Promise.all(masked.map((item) => maskString(item, name)));
    }
    if (data.every(isArgument)) {
      const masked = maskArgs(data.map(({ arg }) => arg));
      return Promise.all(data.map((item, index) => maskData({ ...item, arg: masked[index] })));
    }
    return Promise.all(data.map((item) => maskData(item)));
  }
  if (typeof data !== "object" || data === null) return data;
  const fields = data as Record<string, unknown>;
  // `{ name: PGPASS, value: … }`, as Kubernetes writes variables.
  const variable = typeof fields["name"] === "string" ? fields["name"] : "";
  const entries = Object.entries(fields).map(async ([key, value]) => [
    key,
    await maskData(value, key === "value" && isSecretName(variable) ? variable : key),
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

/** One of `extraArgs`: a flag and its value may be two of them. */
const isArgument = (item: unknown): item is { arg: string } =>
  typeof item === "object" && item !== null && "arg" in item && typeof item.arg === "string";

async function maskString(text: string, name: string): Promise<string> {
  if (isSecretName(name)) return text === "" ? text : MASK;
  const [masked = text] = text.includes("\n") ? [] : maskArgs([text]);
  const structured = await maskYaml(masked);
  return maskText(structured ?? maskFields(masked));
}
