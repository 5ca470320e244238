/** The part of JSON Schema (draft 7) that the config's schemas use. */
export interface JsonSchema {
  $schema?: string;
  $ref?: string;
  title?: string;
  description?: string;
  type?: string | string[];
  const?: string;
  enum?: string[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean;
  items?: JsonSchema;
  default?: unknown;
  examples?: unknown[];
  minimum?: number;
  definitions?: Record<string, JsonSchema>;
}

declare const VALUE: unique symbol;

/** A schema together with the type of the values that fit it. */
export interface Schema<T> extends JsonSchema {
  readonly [VALUE]?: T;
}

type Extra = Omit<JsonSchema, "title" | "description" | "type" | "properties" | "items">;

/** An object with exactly these fields. */
export function object<T>(
  title: string,
  description: string,
  properties: Record<string, JsonSchema>,
  extra: Extra = {},
): Schema<T> {
  return { title, description, type: "object", properties, additionalProperties: false, ...extra };
}

export const list = <T>(
  title: string,
  description: string,
  items: Schema<T>,
  extra: Extra = {},
): Schema<T[]> => ({ title, description, type: "array", items, ...extra });

export const text = <T extends string = string>(
  title: string,
  description: string,
  extra: Extra = {},
): Schema<T> => ({ title, description, type: "string", ...extra });

/** A text that is mostly a number: `6443` is as good as `"6443"`. */
export const textOrNumber = (
  title: string,
  description: string,
  extra: Extra = {},
): Schema<string> => ({ title, description, type: ["string", "integer"], ...extra });

export const flag = (title: string, description: string): Schema<boolean> => ({
  title,
  description,
  type: "boolean",
});

export const count = (
  title: string,
  description: string,
  minimum: number,
  extra: Extra = {},
): Schema<number> => ({ title, description, type: "integer", minimum, ...extra });

export const plainText: Schema<string> = { type: "string" };

/** `{ [key]: …, nodeFilters: […] }`, the shape of most list entries. */
export function filtered<Key extends string>(
  key: Key,
  value: JsonSchema,
  what: string,
): Schema<Filtered<Key>> {
  return object(
    what,
    `${what} and the nodes it is for.`,
    { [key]: value, nodeFilters: NODE_FILTERS_REF },
    { required: [key] },
  );
}

/** An entry of a list that is for some of the nodes. */
export type Filtered<Key extends string> = Record<Key, string> & { nodeFilters?: string[] };

export const NODE_FILTERS_REF: JsonSchema = { $ref: "#/definitions/nodeFilters" };

export const nodeFilters: JsonSchema = list(
  "Node filters",
  "The nodes that the entry is for: GROUP[:SUBSET][:SUFFIX], or the name of a node.",
  plainText,
  { examples: [["server:0"], ["agent:*"], ["loadbalancer"], ["all"], ["server:0:direct"]] },
);
