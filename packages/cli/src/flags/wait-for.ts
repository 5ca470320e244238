import { DEFAULT_WAIT_LEVEL, WAIT_LEVELS, type WaitLevel, type WaitOptions } from "@k3d/core";
import { waitFlags, waitOptions } from "@k3d/plugin-kit";
import * as Flags from "@oclif/core/flags";

/** How long and for what a command waits. */
export const waitForFlags = {
  ...waitFlags,
  "wait-for": Flags.option({
    summary:
      "What to wait for: nodes are registered; pods are accepted (usable); all nodes are Ready as well",
    options: WAIT_LEVELS,
    default: DEFAULT_WAIT_LEVEL,
  })(),
};

/** The flags as core's options. */
export function waitForOptions(flags: {
  wait: boolean;
  timeout: number | undefined;
  "wait-for": WaitLevel;
}): Pick<WaitOptions, "wait" | "timeoutMs" | "waitFor"> {
  return { ...waitOptions(flags), waitFor: flags["wait-for"] };
}
