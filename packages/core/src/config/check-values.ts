import type { NodeFilter } from "../filters/index.js";
import { parseNodeFilter } from "../filters/index.js";
import { nearest } from "../model/nearest.js";
import { invalid } from "./invalid.js";
import { CURRENT_OPTIONS, type Option } from "./options/index.js";
import type { ProblemCollector } from "./problems.js";
import type { SimpleConfig } from "./simple-config.js";
import { isTree, valueAt } from "./tree.js";

/** What the values of a config mean, by the path of the option; read once, while they are checked. */
export class ParsedValues {
  readonly #values = new Map<string, unknown[]>();
  readonly #filters = new Map<string, NodeFilter[][]>();

  /** What the check of an option made of its value; `undefined` when it has none. */
  value<T>(field: string): T | undefined {
    return this.#values.get(field)?.[0] as T | undefined;
  }

  /** As {@link value}, for each entry of a list. */
  entries<T>(field: string): readonly T[] {
    return (this.#values.get(field) ?? []) as T[];
  }

  /** The node filters of each entry of a list; `undefined` stands for one that cannot be read. */
  filters(field: string): readonly NodeFilter[][] {
    return this.#filters.get(field) ?? [];
  }

  set(field: string, values: unknown[], filters?: NodeFilter[][]): void {
    this.#values.set(field, values);
    if (filters !== undefined) this.#filters.set(field, filters);
  }
}

/** Checks each value by itself. */
export function checkValues(config: SimpleConfig, problems: ProblemCollector): ParsedValues {
  const parsed = new ParsedValues();
  for (const row of CURRENT_OPTIONS) {
    const value = row.section === true ? undefined : valueAt(config, row.field);
    if (value === undefined) continue;
    if (Array.isArray(value)) {
      const values = value.map((entry, index) =>
        checkEntry(row, entry, `${row.field}[${index}]`, problems),
      );
      parsed.set(row.field, values, row.filtered && filtersOf(value, row.field, problems));
    } else {
      parsed.set(row.field, [checkOne(row, value, row.field, problems)]);
    }
  }
  return parsed;
}

function checkEntry(
  row: Option,
  entry: unknown,
  path: string,
  problems: ProblemCollector,
): unknown {
  const { key, emptyIsNone } = row.filtered ?? {};
  if (emptyIsNone === true && isTree(entry) && entry[key ?? ""] === "") return undefined;
  return key !== undefined && isTree(entry)
    ? checkOne(row, entry[key], `${path}.${key}`, problems)
    : checkOne(row, entry, path, problems);
}

function checkOne(
  { check, schema, field }: Option,
  value: unknown,
  path: string,
  problems: ProblemCollector,
): unknown {
  const { enum: words } = schema;
  return problems.collect(path, () => {
    const parsed = check === undefined ? value : check(value as never);
    if (words !== undefined) checkWord(String(value), words, field);
    return parsed;
  });
}

function checkWord(word: string, words: readonly string[], field: string): void {
  if (words.includes(word)) return;
  const near = nearest(word, words);
  throw invalid(
    field.split(".").at(-1) ?? field,
    word,
    near === undefined ? "it is not one of the known values" : `did you mean "${near}"?`,
    `Use one of: ${words.join(", ")}.`,
  );
}

function filtersOf(
  entries: readonly { nodeFilters?: string[] }[],
  field: string,
  problems: ProblemCollector,
): NodeFilter[][] {
  return entries.map(({ nodeFilters = [] }, index) =>
    nodeFilters.flatMap((text, position) => {
      const path = `${field}[${index}].nodeFilters[${position}]`;
      return problems.collect(path, () => parseNodeFilter(text)) ?? [];
    }),
  );
}
