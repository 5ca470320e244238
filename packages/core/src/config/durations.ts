import { syntaxError } from "../filters/index.js";

/** Milliseconds of each unit of a Go duration. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

const HINT = 'Write a number with a unit, for example "90s", "1m30s" or "1.5h".';

/**
 * Parses a duration as Go writes it (`90s`, `1m30s`, `1.5h`, `250ms`, `0`) into
 * milliseconds.
 *
 * @throws `INVALID_INPUT` pointing at the offending character; also for
 * negative durations, which mean nothing to k3d.
 */
export function parseDuration(text: string): number {
  const fail = (at: number, reason: string) =>
    syntaxError({ what: "duration", text, at, reason, hint: HINT });
  if (text.startsWith("-")) throw fail(0, "it must not be negative");
  let at = text.startsWith("+") ? 1 : 0;
  if (text.slice(at) === "0") return 0;
  if (at === text.length) throw fail(at, "a number is missing");
  let total = 0;
  while (at < text.length) {
    const number = /^(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)/.exec(text.slice(at))?.[0];
    if (number === undefined) throw fail(at, "a number is expected");
    at += number.length;
    const unit = /^[^0-9.]+/.exec(text.slice(at))?.[0] ?? "";
    const factor = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
    if (factor === undefined) {
      throw fail(
        at,
        unit === ""
          ? "a unit is missing"
          : `"${unit}" is not a unit; known are ns, us, ms, s, m, h`,
      );
    }
    total += Number(number) * factor;
    at += unit.length;
  }
  if (total > Number.MAX_SAFE_INTEGER) throw fail(0, "it is too long");
  return total;
}

/** The Go duration for a number of nanoseconds, which is how Go itself writes one in JSON. */
export function durationOfNanoseconds(nanoseconds: number): string {
  const milliseconds = nanoseconds / 1e6;
  return Number.isInteger(milliseconds) && milliseconds >= 0
    ? formatDuration(milliseconds)
    : `${nanoseconds}ns`;
}

/** The shortest Go duration for whole milliseconds: `90000` is `1m30s`, `1500` is `1.5s`. */
export function formatDuration(milliseconds: number): string {
  const whole = Math.round(milliseconds);
  if (whole < 1000) return whole === 0 ? "0s" : `${whole}ms`;
  const hours = Math.floor(whole / 3_600_000);
  const minutes = Math.floor((whole % 3_600_000) / 60_000);
  const seconds = (whole % 60_000) / 1000;
  const parts: [number, string][] = [
    [hours, "h"],
    [minutes, "m"],
    [seconds, "s"],
  ];
  return parts
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value}${unit}`)
    .join("");
}
