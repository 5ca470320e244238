import type { ResolvedConfig } from "../config/resolved-config.js";
import { APP, LABELS } from "../model/labels.js";
import { networkName } from "../model/names.js";
import { subnetOf } from "../runtime/subnet.js";
import type { DesiredNetwork } from "./desired.js";
import type { Facts } from "./facts.js";
import { planIpv6 } from "./ip-families.js";

/** Decides between the host's network, an existing one and one of our own. */
export function planNetwork(
  config: ResolvedConfig,
  facts: Facts,
  labels: Record<string, string>,
): DesiredNetwork {
  const name = config.network ?? networkName(config.metadata.name);
  if (name === "host") {
    return { name, action: "host", labels: {}, fixedAddresses: false, chooseSubnet: false };
  }
  const existing = facts.existingNetwork;
  const pinnable = facts.capabilities.staticIp && facts.capabilities.dynamicRange;
  if (existing !== undefined) {
    const subnet = subnetOf(existing.subnets, 4);
    const ours =
      facts.existing === undefined ? isLeftover(existing, config) : !facts.existing.externalNetwork;
    return {
      name,
      action: ours ? "adopt" : "use",
      labels: {},
      ...(subnet === undefined ? {} : { subnet: subnet.subnet }),
      gateway: subnet?.gateway,
      ipv6: ours ? planIpv6(config, facts, existing) : undefined,
      // On a network of others somebody else may own any address that looks free.
      fixedAddresses:
        ours &&
        facts.capabilities.staticIp &&
        existing.allowsStaticIp &&
        subnet?.dynamicRange !== undefined,
      chooseSubnet: false,
    };
  }
  const given = config.subnets.ipv4;
  return {
    name,
    action: "create",
    labels,
    subnet: given,
    ipv6: planIpv6(config, facts, undefined),
    fixedAddresses: pinnable,
    chooseSubnet: given === undefined,
  };
}

/** The cluster's own network that an earlier, interrupted creation or deletion left empty. */
function isLeftover(
  network: NonNullable<Facts["existingNetwork"]>,
  config: ResolvedConfig,
): boolean {
  return (
    config.network === undefined &&
    network.labels[LABELS.app] === APP &&
    network.containers.length === 0 &&
    [undefined, config.metadata.name].includes(network.labels[LABELS.cluster])
  );
}
