import { MASK, isSecretName } from "./mask-names.js";

/** A name before a colon, at the begin of a line or within it. */
const FIELD = /(?:^|[\s{,])["']?([\w.-]+)["']?:/g;

/**
 * A text with fields `name: value` that is no YAML as a whole, without what follows a secret name:
 * the rest of its line, and the lines below that are indented more.
 */
export function maskFields(text: string): string {
  const lines: string[] = [];
  let hidden: number | undefined;
  for (const line of text.split("\n")) {
    const indent = line.search(/\S|$/);
    if (hidden !== undefined && (indent > hidden || line.trim() === "")) continue;
    hidden = undefined;
    const end = secretFieldEnd(line);
    if (end === undefined) {
      lines.push(line);
    } else {
      lines.push(`${line.slice(0, end)} ${MASK}`);
      hidden = indent;
    }
  }
  return lines.join("\n");
}

/** Where the first secret name of a line and its colon end. */
function secretFieldEnd(line: string): number | undefined {
  for (const match of line.matchAll(FIELD)) {
    const end = match.index + match[0].length;
    if (isSecretName(match[1] ?? "")) return end;
  }
  return undefined;
}
