import * as Flags from "@oclif/core/flags";
import { duration } from "./values.js";

/** Flags of commands that may wait until what they start is ready. */
export const waitFlags = {
  wait: Flags.boolean({ summary: "Wait until everything is ready", default: true, allowNo: true }),
  timeout: duration({ summary: "Give up waiting after this time, e.g. 90s or 5m" }),
};

/** The flags as core's options; without a time limit that of core holds. */
export function waitOptions({ wait, timeout }: { wait: boolean; timeout: number | undefined }): {
  wait: boolean;
  timeoutMs?: number;
} {
  return { wait, timeoutMs: timeout };
}
