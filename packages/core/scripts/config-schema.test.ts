import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { configSchemaFiles } from "./config-schema.ts";

const root = join(import.meta.dirname, "..");
const files = await configSchemaFiles();

describe("files made from the schema of the config", () => {
  it.each([...files])("%s is up to date", async (path, content) => {
    expect(await readFile(join(root, path), "utf8")).toBe(content);
  });

  it.each([...files].filter(([path]) => path.endsWith(".json")))(
    "%s is a valid JSON Schema with a title and description for every field",
    (_, content) => {
      const schema = JSON.parse(content);
      expect(new Ajv({ allowUnionTypes: true }).validateSchema(schema)).toBe(true);
      expect(undocumented(schema)).toEqual([]);
    },
  );
});

/** Paths of fields that say nothing about themselves. */
function undocumented(schema: Record<string, unknown>, path = ""): string[] {
  const properties = (schema["properties"] ?? {}) as Record<string, Record<string, unknown>>;
  const items = schema["items"] as Record<string, unknown> | undefined;
  return [
    ...Object.entries(properties).flatMap(([name, field]) => [
      ...(field["$ref"] !== undefined || (field["title"] && field["description"])
        ? []
        : [`${path}.${name}`]),
      ...undocumented(field, `${path}.${name}`),
    ]),
    ...(items === undefined ? [] : undocumented(items, `${path}[]`)),
  ];
}
