import type { ResolvedConfig } from "../config/resolved-config.js";
import type { DesiredCluster } from "./desired.js";
import type { Facts } from "./facts.js";
import { capabilityWarnings } from "./check-capabilities.js";
import { registryNameWarnings } from "../registry/name-warning.js";
import { registryPortWarnings } from "./registries.js";

/** What the user should know before it bites, in whole sentences. */
export function planWarnings(
  config: ResolvedConfig,
  { network, nodes, registries }: Pick<DesiredCluster, "network" | "nodes" | "registries">,
  facts: Facts,
): string[] {
  const warnings: string[] = [];
  if (config.servers === 2) {
    warnings.push("Two servers have no etcd quorum when one fails: use one, or at least three.");
  }
  if (network.action === "create" && !network.fixedAddresses) {
    warnings.push(
      "This runtime has no fixed addresses: nodes may get others after a restart of the host.",
    );
  }
  const { ipv4: asked } = config.subnets;
  if (asked !== undefined && network.action !== "create" && network.subnet !== asked) {
    const has = network.subnet === undefined ? "" : `, with ${network.subnet}`;
    warnings.push(`Subnet ${asked} is not used: network ${network.name} exists already${has}.`);
  }
  for (const path of facts.missingPaths)
    warnings.push(`Volume source '${path}' does not exist: an empty directory is made there.`);
  warnings.push(...registryPortWarnings(config.registries.refs, facts));
  if (registries.create !== undefined) warnings.push(...registryNameWarnings(registries.create));
  const specs = nodes.map(({ spec }) => spec);
  return [...warnings, ...capabilityWarnings(specs, facts)];
}
