import { duration } from "@k3d/plugin-kit";
import * as Flags from "@oclif/core/flags";

/** Flags of commands that may wait until something is ready. */
export const waitFlags = {
  wait: Flags.boolean({ summary: "Wait until it is ready", default: true, allowNo: true }),
  timeout: duration({ summary: "Give up waiting after this time, e.g. 90s" }),
};

/** The flags as core's options. */
export function waitOptions({ wait, timeout }: { wait: boolean; timeout: number | undefined }): {
  wait: boolean;
  timeoutMs?: number;
} {
  return { wait, ...(timeout === undefined ? {} : { timeoutMs: timeout }) };
}
