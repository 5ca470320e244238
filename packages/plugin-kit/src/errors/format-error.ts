import type { K3dError } from "@k3d/core";
import type { Paint } from "../output/styles.js";

/** Longest evidence printed without `--trace`, in lines. */
const EVIDENCE_LINES = 15;

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
      ...(hint === undefined ? {} : { hint }),
      ...(details === undefined ? {} : { details }),
    },
  };
}

/** An error for people: what failed, what to do, and what a failed command or container said. */
export function formatError(error: K3dError, paint: Paint, trace: boolean): string {
  const [first = "", ...more] = error.message.split("\n");
  const lines = [`${paint("red", "Error:")} ${first} ${paint("dim", `[${error.code}]`)}`, ...more];
  if (error.hint !== undefined) lines.push(`${paint("cyan", "Hint:")}  ${error.hint}`);
  if (error.code === "COMMAND_FAILED" || error.code === "CONTAINER_FAILED")
    lines.push(...evidence(error.details, paint));
  if (trace) lines.push(...stacks(error, paint));
  else if (error.code === "INTERNAL" && error.hint === undefined) {
    lines.push(
      `${paint("cyan", "Hint:")}  This is a defect. Run it again with --trace and report what it prints`,
    );
  }
  return lines.join("\n");
}

function evidence(details: Record<string, unknown> | undefined, paint: Paint): string[] {
  return Object.entries(details ?? {}).flatMap(([name, value]) => {
    const text = (typeof value === "string" ? value : (JSON.stringify(value) ?? "")).trimEnd();
    if (text === "") return [];
    const lines = text.split("\n");
    const shown = lines.length > EVIDENCE_LINES ? ["…", ...lines.slice(-EVIDENCE_LINES)] : lines;
    if (shown.length === 1) return [paint("dim", `  ${name}: ${shown[0]}`)];
    return [paint("dim", `  ${name}:`), ...shown.map((line) => paint("dim", `    ${line}`))];
  });
}

function stacks(error: K3dError, paint: Paint): string[] {
  const lines: string[] = [];
  if (error.details !== undefined)
    lines.push(paint("dim", `Details: ${JSON.stringify(error.details)}`));
  let label = "";
  for (let current: unknown = error; current instanceof Error; current = current.cause) {
    lines.push(paint("dim", `${label}${current.stack ?? String(current)}`));
    label = "Caused by: ";
  }
  return lines;
}
