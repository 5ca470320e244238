import type { ResolvedConfig } from "../config/resolved-config.js";
import { K3dError } from "../errors/index.js";
import {
  CAPABILITY_NEEDS,
  containerNeeds,
  lacksCapability,
  missingCapabilities,
} from "../runtime/capability-needs.js";
import type { ContainerSpec } from "../runtime/container-spec.js";
import type { Facts } from "./facts.js";

/** Refuses what this runtime can never do, before anything is made. @throws `UNSUPPORTED` */
export function checkCapabilities(
  config: ResolvedConfig,
  { capabilities, runtime }: Pick<Facts, "capabilities" | "runtime">,
): void {
  if (config.network === "host" && !capabilities.hostNetwork) {
    throw new K3dError("UNSUPPORTED", `The runtime ${runtime} cannot share the host's network`, {
      hint: "Leave --network out, or choose another runtime with --runtime.",
    });
  }
}

/** Refuses containers that this runtime can never run. @throws `UNSUPPORTED` */
export function checkContainers(
  specs: readonly ContainerSpec[],
  { capabilities, runtime }: Pick<Facts, "capabilities" | "runtime">,
): void {
  for (const name of missingCapabilities(specs.flatMap(containerNeeds), capabilities))
    if (CAPABILITY_NEEDS[name].without === "refuse") throw lacksCapability(name, runtime);
}

/** What will be different on this runtime, in whole sentences. */
export function capabilityWarnings(
  specs: readonly ContainerSpec[],
  { capabilities }: Pick<Facts, "capabilities">,
): string[] {
  const needs = [
    ...specs.flatMap(containerNeeds),
    ...(specs.some(({ networks }) => networks.length > 0) ? (["dns"] as const) : []),
  ];
  const missing = missingCapabilities(needs, capabilities)
    .map((name) => CAPABILITY_NEEDS[name])
    .filter(({ without }) => without === "warn");
  return [...new Set(missing.map(({ consequence }) => consequence))];
}
