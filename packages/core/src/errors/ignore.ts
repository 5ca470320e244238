import type { ErrorCode } from "./codes.js";
import { isK3dError } from "./k3d-error.js";

/** Awaits `work`; that its object is gone already is no failure. */
export const unlessMissing = (work: Promise<unknown>): Promise<void> =>
  unlessFailing(work, "NOT_FOUND");

/** Awaits `work`; a failure by one of these codes is none. */
export async function unlessFailing(
  work: Promise<unknown>,
  ...codes: [ErrorCode, ...ErrorCode[]]
): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isK3dError(error, ...codes)) throw error;
  }
}
