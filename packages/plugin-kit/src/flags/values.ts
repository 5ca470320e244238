import { K3dError, parseDuration } from "@k3d/core";
import * as Flags from "@oclif/core/flags";

/**
 * A whole number, at least `min` (default 0).
 */
export function count(options: {
  summary: string;
  char?: CountChar;
  min?: number;
  helpGroup?: string;
}) {
  const { min = 0, ...rest } = options;
  return Flags.custom<number>({
    ...rest,
    helpValue: "N",
    parse: async (input, _context, flag) => parseCount(input, `--${flag.name}`, min),
  })();
}

type CountChar = NonNullable<Parameters<typeof Flags.string>[0]>["char"];

/** @throws K3dError `INVALID_INPUT` */
export function parseCount(input: string, name: string, min = 0): number {
  const value = /^[+-]?\d+$/.test(input) ? Number(input) : Number.NaN;
  if (!Number.isSafeInteger(value) || value < min) {
    throw new K3dError(
      "INVALID_INPUT",
      `${name} must be a whole number of at least ${min}, not "${input}"`,
    );
  }
  return value;
}

/** A duration in Go's words; the value is in milliseconds. */
export function duration(options: { summary: string; helpGroup?: string }) {
  return Flags.custom<number>({
    ...options,
    helpValue: "DURATION",
    parse: async (input) => parseDuration(input),
  })();
}

/** Every use adds one value; commas stay part of it (Go's StringArray). */
export function repeated(options: {
  summary: string;
  char?: CountChar;
  helpValue?: string;
  helpGroup?: string;
}) {
  return Flags.string({ ...options, multiple: true, multipleNonGreedy: true });
}

/** Every use adds values, separated by commas (Go's StringSlice). */
export function list(options: {
  summary: string;
  char?: CountChar;
  helpValue?: string;
  helpGroup?: string;
}) {
  return Flags.string({ ...options, multiple: true, multipleNonGreedy: true, delimiter: "," });
}
