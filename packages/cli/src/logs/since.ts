import { isK3dError, K3dError, parseDuration } from "@k3d/core";

/** RFC 3339, also the date alone. */
const TIME = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/i;

/**
 * The moment that `--since` names: a time, or a duration before `now`.
 *
 * @throws K3dError `INVALID_INPUT`
 */
export function parseSince(text: string, now: Date): Date {
  const time = TIME.test(text) ? new Date(text) : undefined;
  if (time !== undefined && !Number.isNaN(time.getTime())) return time;
  try {
    return new Date(now.getTime() - parseDuration(text));
  } catch (error) {
    if (!isK3dError(error)) throw error;
    throw new K3dError("INVALID_INPUT", `--since "${text}" is neither a time nor a duration`, {
      hint: "Write how long ago, e.g. 10m, or a time, e.g. 2026-11-22T14:00:00Z",
      cause: error,
    });
  }
}
