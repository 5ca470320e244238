import type { NodeLogEntry } from "@k3d/core";
import { createPaint, wantsColors, writeOut, type Paint } from "@k3d/plugin-kit";

export interface PrintOptions {
  /** The nodes' names; one alone is not put in front of its lines. */
  names: readonly string[];
  timestamps: boolean;
  /** One object a line instead of text. */
  json: boolean;
  stream: NodeJS.WriteStream;
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
}

const COLORS = ["cyan", "yellow", "green", "bold"] as const;

/** Prints lines as they come, as fast as they are read; ends when the reader goes away. */
export async function printLogs(
  entries: AsyncIterable<NodeLogEntry>,
  options: PrintOptions,
): Promise<void> {
  const { stream, signal } = options;
  const paint = createPaint(wantsColors(stream, options.env));
  for await (const entry of entries) {
    const line = options.json ? jsonLine(entry) : textLine(entry, options, paint);
    if ((await writeOut(`${line}\n`, stream, signal)) === "gone") return;
  }
}

function jsonLine({ node, stream, line, timestamp }: NodeLogEntry): string {
  return JSON.stringify({ node, stream, time: timestamp?.toISOString(), line });
}

function textLine(
  { node, line, timestamp }: NodeLogEntry,
  { names, timestamps }: PrintOptions,
  paint: Paint,
): string {
  const time = timestamps && timestamp !== undefined ? `${timestamp.toISOString()} ` : "";
  if (names.length < 2) return `${time}${line}`;
  const width = Math.max(...names.map((name) => name.length));
  const color = COLORS[names.indexOf(node) % COLORS.length] ?? "bold";
  return `${paint(color, `${node.padEnd(width)} |`)} ${time}${line}`;
}
