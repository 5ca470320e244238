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
  facts: Pick<Facts, "capabilities" | "runtime" | "info" | "pathsHere" | "dials">,
): void {
  const { capabilities, runtime } = facts;
  checkEngineElsewhere(config, facts);
  if (config.network === "host" && !capabilities.hostNetwork) {
    throw new K3dError("UNSUPPORTED", `The runtime ${runtime} cannot share the host's network`, {
      hint: "Leave --network out, or choose another runtime with --runtime.",
    });
  }
}

/** Refuses what means this machine where the engine is on another one. */
function checkEngineElsewhere(
  { options }: ResolvedConfig,
  { info: { remoteHost, endpoint }, pathsHere, dials }: Pick<Facts, "info" | "pathsHere" | "dials">,
): void {
  if (remoteHost === undefined) return;
  const [path] = pathsHere;
  if (path !== undefined && !options.k3d.enginePaths) {
    throw new K3dError(
      "UNSUPPORTED",
      `Volume source '${path}' is on this machine, and the engine is on ${remoteHost}`,
      {
        hint: `Small files are copied with \`files\` in the config file, and \`docker cp\` fills a volume by name. If you mean the same path on ${remoteHost}, add --engine-paths.`,
        details: { paths: [...pathsHere] },
      },
    );
  }
  if (options.k3d.tunnel && !dials) {
    throw new K3dError("UNSUPPORTED", `A tunnel cannot use the connection to ${endpoint}`, {
      hint: endpoint.startsWith("ssh://")
        ? "This runtime reaches its engine through its own program. Leave --tunnel out; `k3d tunnel` then shows the ssh command that opens the ports here."
        : "Name the engine by an ssh:// address, or leave --tunnel out.",
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
