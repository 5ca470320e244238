import type { ResolvedConfig } from "../config/resolved-config.js";
import { K3dError } from "../errors/index.js";
import type { PlanFacts } from "./facts.js";

/** Refuses what this runtime can never do, before anything is made. @throws `UNSUPPORTED` */
export function checkCapabilities(
  config: ResolvedConfig,
  { capabilities, runtime }: Pick<PlanFacts, "capabilities" | "runtime">,
): void {
  if (config.network === "host" && !capabilities.hostNetwork) {
    throw new K3dError("UNSUPPORTED", `The runtime ${runtime} cannot share the host's network`, {
      hint: "Leave --network out, or choose another runtime with --runtime.",
    });
  }
}
