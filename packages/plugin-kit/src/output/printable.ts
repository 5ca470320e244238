/**
 * Control characters besides line breaks and tabs, and those that turn the direction of writing:
 * a terminal obeys them, and names, labels, messages of engines and logs of containers are not ours.
 */
const OBEYED =
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

const escape = (character: string): string =>
  String.raw`\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;

/** Text as it may go to a terminal: what it would obey is written as `\u001b`. Colours are put on afterwards. */
export function printable(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll(OBEYED, escape);
}

/** A JSON or YAML document with such characters escaped as both write them in strings. */
export function printableDocument(document: string): string {
  return document.replaceAll(OBEYED, escape);
}

/** Plain data with all its texts {@link printable}. */
export function printableData<T>(data: T): T {
  if (typeof data === "string") return printable(data) as T;
  if (Array.isArray(data)) return data.map((item: unknown) => printableData(item)) as T;
  if (typeof data !== "object" || data === null || Object.getPrototypeOf(data) !== Object.prototype)
    return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [printable(key), printableData<unknown>(value)]),
  ) as T;
}
