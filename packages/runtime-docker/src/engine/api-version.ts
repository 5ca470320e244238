/** The newest API this adapter was written for (Docker Engine 28). */
export const NEWEST_API = "1.51";
/** The oldest API it can use (Docker Engine 20.10). */
export const OLDEST_API = "1.41";

/** Negative, zero or positive as `a` is older than, equal to or newer than `b`. */
export function compareApiVersions(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = a.split(".").map(Number);
  const [bMajor = 0, bMinor = 0] = b.split(".").map(Number);
  return aMajor - bMajor || aMinor - bMinor;
}

/**
 * The API version to speak with an engine that offers `oldest` to `newest`:
 * its newest, though none newer than {@link NEWEST_API} unless the engine has
 * dropped that one. `undefined` when the engine is too old.
 */
export function negotiateApiVersion(newest: string, oldest = OLDEST_API): string | undefined {
  if (compareApiVersions(newest, OLDEST_API) < 0) return undefined;
  const wanted = compareApiVersions(newest, NEWEST_API) > 0 ? NEWEST_API : newest;
  return compareApiVersions(wanted, oldest) < 0 ? oldest : wanted;
}
