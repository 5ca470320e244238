import { syntaxError } from "../filters/index.js";

const UNITS = "bkmgtp";

/** Docker's smallest memory limit: 6 MiB. */
export const MIN_MEMORY_BYTES = 6 * 1024 ** 2;

/**
 * Parses a size as Docker takes it (`512m`, `1.5g`, `1GiB`, `1073741824`) into
 * whole bytes; units are powers of 1024.
 *
 * @throws `INVALID_INPUT` pointing at the offending character.
 */
export function parseMemorySize(text: string): number {
  const fail = (at: number, reason: string) =>
    syntaxError({
      what: "size",
      text,
      at,
      reason,
      hint: 'Write a number with a unit, for example "512m" or "1.5g".',
    });
  const number = /^[0-9]+(?:\.[0-9]+)?/.exec(text)?.[0];
  if (number === undefined) throw fail(0, "a number is expected");
  const unit = /^ ?(?:b|([kmgtp])i?b?)?$/i.exec(text.slice(number.length));
  if (unit === null)
    throw fail(
      number.length,
      `"${text.slice(number.length)}" is not a unit; known are b, k, m, g, t, p`,
    );
  const bytes = Math.floor(Number(number) * 1024 ** UNITS.indexOf(unit[1]?.toLowerCase() ?? "b"));
  if (!Number.isSafeInteger(bytes)) throw fail(0, "it is too large");
  return bytes;
}

/** The shortest text for exactly that many bytes: `1536m`, `2g`, `1025b`. */
export function formatMemorySize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (unit < UNITS.length - 1 && value >= 1024 && value % 1024 === 0) {
    value /= 1024;
    unit++;
  }
  return `${value}${UNITS[unit]}`;
}
