import type { Readable } from "node:stream";

/** Characters after which a line is told in parts: one without an end would fill the memory. */
const LONGEST = 64 * 1024;

/** Tells every line of a stream of text as it comes; `\n`, `\r\n` and `\r` end one. */
export async function eachLine(input: Readable, onLine: (line: string) => void): Promise<void> {
  input.setEncoding("utf8");
  let rest = "";
  for await (const chunk of input) {
    // A `\r` at the end may be the first half of a `\r\n`.
    const lines = `${rest}${chunk}`.split(/\r\n|\n|\r(?=[^\n])/);
    rest = lines.pop() ?? "";
    for (const line of lines) inParts(line, onLine);
    while (rest.length > LONGEST) {
      onLine(rest.slice(0, LONGEST));
      rest = rest.slice(LONGEST);
    }
  }
  if (rest !== "") inParts(rest.replace(/\r$/, ""), onLine);
}

function inParts(line: string, onLine: (part: string) => void): void {
  if (line.length <= LONGEST) return onLine(line);
  for (let at = 0; at < line.length; at += LONGEST) onLine(line.slice(at, at + LONGEST));
}
