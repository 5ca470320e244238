import { hintText, type ErrorCode, type K3dError } from "@k3d/core";
import { printable, printableData, printableDocument } from "../output/printable.js";
import type { Paint } from "../output/styles.js";

/** Longest evidence printed without `--trace`, in lines. */
const EVIDENCE_LINES = 15;

/** Longest line made of an object, in characters: with the indentation it fits into 80 columns. */
const OBJECT_WIDTH = 76;

/** A word that is longer says no more to people, in characters: paths and references are shorter. */
const LONGEST_WORD = 300;

/** An error as `--json` prints it. */
export interface ErrorObject {
  error: { code: string; message: string; hint?: string; details?: Record<string, unknown> };
}

export function errorObject(error: K3dError): ErrorObject {
  const { code, message, hint, details } = error;
  return {
    error: {
      code,
      message,
      hint: hint === undefined ? undefined : hintText(hint),
      details,
    },
  };
}

/** Failures whose details are what a command or container said. */
const WITH_EVIDENCE: ReadonlySet<ErrorCode> = new Set([
  "COMMAND_FAILED",
  "CONTAINER_FAILED",
  "TIMEOUT",
]);

export interface FormatOptions {
  /** Print stacks and all details too. Default `false`. */
  trace?: boolean;
  /** Columns of the terminal, to which lines of others are cut; absent: they stay whole. */
  width?: number | undefined;
}

/**
 * An error for people: what a failed command or container said, what failed and what to do, which
 * stand last.
 */
export function formatError(
  error: K3dError,
  paint: Paint,
  { trace = false, width }: FormatOptions = {},
): string {
  const [first = "", ...more] = withShortWords(printable(error.message)).split("\n");
  const lines: string[] = [];
  if (trace) lines.push(...stacks(error, paint));
  else if (WITH_EVIDENCE.has(error.code))
    lines.push(...evidence(printableData(error.details), paint, width));
  lines.push(`${paint("red", "Error:")} ${first} ${paint("dim", `[${error.code}]`)}`, ...more);
  if (error.hint !== undefined)
    lines.push(`${paint("cyan", "Hint:")}  ${printable(hintText(error.hint))}`);
  else if (!trace && error.code === "INTERNAL") {
    lines.push(
      `${paint("cyan", "Hint:")}  This is a defect. Run it again with --trace and report what it prints.`,
    );
  }
  return lines.join("\n");
}

const withShortWords = (text: string): string =>
  text.replaceAll(new RegExp(`\\S{${LONGEST_WORD + 1},}`, "g"), (word) =>
    [word.slice(0, LONGEST_WORD - 50), word.slice(-49)].join("…"),
  );

function evidence(
  details: Record<string, unknown> | undefined,
  paint: Paint,
  width = Number.POSITIVE_INFINITY,
): string[] {
  const line = (text: string): string =>
    paint("dim", text.length > width ? `${text.slice(0, width - 1)}…` : text);
  return Object.entries(details ?? {}).flatMap(([name, value]) => {
    const lines = evidenceLines(name === "command" ? commandLine(value) : value);
    if (lines.length === 0) return [];
    const shown = lines.length > EVIDENCE_LINES ? ["…", ...lines.slice(-EVIDENCE_LINES)] : lines;
    if (shown.length === 1 && (name === "command" || !Array.isArray(value)))
      return [line(`  ${name}: ${shown[0]}`)];
    return [line(`  ${name}:`), ...shown.map((text) => line(`    ${text}`))];
  });
}

/** Words of a command as one line. */
const commandLine = (value: unknown): unknown =>
  Array.isArray(value) && value.every((word) => typeof word === "string" && !word.includes("\n"))
    ? value.map((word) => (word === "" || /\s/.test(word) ? `'${word}'` : word)).join(" ")
    : value;

/** A detail as lines: a list item by item, an object as its short fields on one line. */
function evidenceLines(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => evidenceLines(item));
  if (typeof value === "object" && value !== null) return [shortFields(value)];
  const text = (typeof value === "string" ? value : (JSON.stringify(value) ?? "")).trimEnd();
  return text === "" ? [] : text.split("\n");
}

/** The fields of an object that say it on one line; `--json` has the others. */
function shortFields(value: object): string {
  const fields = Object.entries(value).filter(
    ([, field]) => ["string", "number", "boolean"].includes(typeof field) && !/\n/.test(`${field}`),
  );
  const line = fields.map(([name, field]) => `${name}: ${field}`).join(", ");
  return line.length > OBJECT_WIDTH ? `${line.slice(0, OBJECT_WIDTH - 1)}…` : line;
}

function stacks(error: K3dError, paint: Paint): string[] {
  const lines: string[] = [];
  if (error.details !== undefined)
    lines.push(paint("dim", `Details: ${printableDocument(JSON.stringify(error.details))}`));
  let label = "";
  for (let current: unknown = error; current instanceof Error; current = current.cause) {
    lines.push(paint("dim", `${label}${printable(current.stack ?? String(current))}`));
    label = "Caused by: ";
  }
  return lines;
}
