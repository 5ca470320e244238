import { isK3dError } from "./k3d-error.js";

/** Awaits `work`; that its object is gone already is no failure. */
export async function unlessMissing(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isK3dError(error, "NOT_FOUND")) throw error;
  }
}
