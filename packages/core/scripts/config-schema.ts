import { registerHooks } from "node:module";
import { Ajv } from "ajv";
import standalone from "ajv/dist/standalone/index.js";

// The sources name each other by the `.js` that they are compiled to.
registerHooks({
  resolve(specifier, context, next) {
    const source = specifier.startsWith(".") && !context.parentURL?.includes("/node_modules/");
    return next(source ? specifier.replace(/\.js$/, ".ts") : specifier, context);
  },
});

const HEADER =
  "// @ts-nocheck\n// Made by scripts/generate-config-schema.ts: change src/config/schema instead.\n";
const ANNOTATIONS: readonly string[] = ["title", "description", "default", "examples"];

/** Files that are made from the schema of the config, by path below the package. */
export async function configSchemaFiles(): Promise<Map<string, string>> {
  const { configSchema } = await import("../src/config/schema/index.ts");
  const { CONFIG_VERSIONS } = await import("../src/config/versions.ts");
  const files = new Map<string, string>();
  for (const version of CONFIG_VERSIONS) {
    const schema = configSchema(version);
    const name = version.replace("k3d.io/", "");
    files.set(
      `schema/k3d.io-${name}-simple.schema.json`,
      `${JSON.stringify(schema, undefined, 2)}\n`,
    );
    files.set(`src/config/schema/${name}.generated.ts`, validator(schema));
  }
  return files;
}

/** A module whose `validate` is the schema as code, without ajv. */
function validator(schema: object): string {
  const ajv = new Ajv({
    allErrors: true,
    messages: false,
    allowUnionTypes: true,
    code: { source: true, esm: true, optimize: 2 },
  });
  ajv.addSchema(withoutAnnotations(schema) as object, "validate");
  const code = standalone.default(ajv, { validate: "validate" }).replace(/^"use strict";/, "");
  return `${HEADER}${code}\n`;
}

/** What a schema says for people; a field of a `properties` object is kept whatever its name. */
function withoutAnnotations(value: unknown, isProperties = false): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const kept = Object.entries(value).filter(([key]) => isProperties || !ANNOTATIONS.includes(key));
  return Object.fromEntries(
    kept.map(([key, child]) => [
      key,
      withoutAnnotations(child, !isProperties && (key === "properties" || key === "definitions")),
    ]),
  );
}
