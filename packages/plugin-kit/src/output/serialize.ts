import { printableDocument } from "./printable.js";

/** How a result is printed; `text` is for people. */
export type OutputFormat = "text" | "wide" | "name" | "json" | "yaml";

/** `value` as one JSON or YAML document without a final line break. Dates become ISO 8601. */
export async function serialize(value: unknown, format: "json" | "yaml"): Promise<string> {
  const json = printableDocument(JSON.stringify(value ?? null, undefined, 2));
  if (format === "json") return json;
  const { stringify } = await import("yaml");
  // YAML 1.1 readers, Go's among them, take a bare "no" for a boolean.
  const yaml = stringify(JSON.parse(json), { lineWidth: 0, version: "1.1" }).trimEnd();
  return printableDocument(yaml);
}
