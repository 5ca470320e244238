import { syntaxError } from "../filters/index.js";

/**
 * Checks a GPU request in Docker's words: `all`, a count, or `key=value` parts
 * with commas between (`device=0`, `"device=0,1"`, `driver=nvidia,count=2`).
 *
 * @throws `INVALID_INPUT`
 */
export function checkGpuRequest(text: string): string {
  const parts = text.replace(/^"(.*)"$/, "$1").split(",");
  const known =
    /^(?:all|-1|[1-9][0-9]{0,3}|(?:driver|count|capabilities|options)=[^=]+|device=[^=]+)$/;
  const fine =
    known.test(parts[0] ?? "") &&
    parts.slice(1).every((part) => known.test(part) || /^[A-Za-z0-9:_-]+$/.test(part));
  if (fine) return text;
  throw syntaxError({
    what: "GPU request",
    text,
    at: 0,
    reason: "this is not a request that Docker knows",
    hint: 'Write "all", a count, or "device=0,1".',
  });
}
