/** The part of JSON Schema (draft 7) that the config's schemas use. */
export interface JsonSchema {
  $schema?: string;
  $ref?: string;
  title?: string;
  description?: string;
  type?: string | string[];
  const?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean;
  items?: JsonSchema;
  default?: unknown;
  examples?: unknown[];
  minimum?: number;
  definitions?: Record<string, JsonSchema>;
}

type Extra = Omit<JsonSchema, "title" | "description" | "type" | "properties" | "items">;

/** An object with exactly these fields. */
export function object(
  title: string,
  description: string,
  properties: Record<string, JsonSchema>,
  extra: Extra = {},
): JsonSchema {
  return { title, description, type: "object", properties, additionalProperties: false, ...extra };
}

export const list = (
  title: string,
  description: string,
  items: JsonSchema,
  extra: Extra = {},
): JsonSchema => ({
  title,
  description,
  type: "array",
  items,
  ...extra,
});

export const text = (title: string, description: string, extra: Extra = {}): JsonSchema => ({
  title,
  description,
  type: "string",
  ...extra,
});

/** A text that is mostly a number: `6443` is as good as `"6443"`. */
export const textOrNumber = (
  title: string,
  description: string,
  extra: Extra = {},
): JsonSchema => ({
  title,
  description,
  type: ["string", "integer"],
  ...extra,
});

export const flag = (title: string, description: string, byDefault: boolean): JsonSchema => ({
  title,
  description,
  type: "boolean",
  default: byDefault,
});

export const count = (
  title: string,
  description: string,
  minimum: number,
  extra: Extra = {},
): JsonSchema => ({
  title,
  description,
  type: "integer",
  minimum,
  ...extra,
});

/** `{ [key]: …, nodeFilters: […] }`, the shape of most list entries. */
export function filtered(key: string, value: JsonSchema, what: string): JsonSchema {
  return object(
    what,
    `${what} and the nodes it is for.`,
    { [key]: value, nodeFilters: { $ref: "#/definitions/nodeFilters" } },
    { required: [key] },
  );
}
