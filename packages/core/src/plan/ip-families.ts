import { createHash } from "node:crypto";
import type { ResolvedConfig } from "../config/resolved-config.js";
import { K3dError } from "../errors/index.js";
import { isOlder, k3sVersionOf } from "../image/index.js";
import {
  CLUSTER_CIDR,
  CLUSTER_CIDR_IPV6,
  SERVICE_CIDR,
  SERVICE_CIDR_IPV6,
} from "../node/ip-families.js";
import { optionValue } from "../node/kubernetes-node.js";
import type { NodeDefinition } from "../node/node-definition.js";
import { lacksCapability } from "../runtime/capability-needs.js";
import type { NetworkSubnet } from "../runtime/networks.js";
import { familyOf, gatewayOf, overlaps, parseSubnet, subnetOf } from "../runtime/subnet.js";
import type { DesiredNetwork } from "./desired.js";
import type { Facts } from "./facts.js";

/** What nodes of both families need of an engine: k3s must be told both addresses before it starts. */
const NEEDS = ["ipv6", "staticIp", "dynamicRange"] as const;

/**
 * The first k3s in which both families are stable, and which knows all arguments for them.
 * Source: https://docs.k3s.io/networking/basic-network-options#dual-stack-ipv4--ipv6-networking
 */
const FIRST_K3S = "v1.23.7+k3s1";

/**
 * The IPv6 network of a cluster's own network; nothing where it has IPv4 only. A cluster keeps the families that it
 * was made with: Kubernetes cannot change them.
 *
 * @param found the network where it exists already.
 * @throws `UNSUPPORTED` when the engine lacks what it needs; `INVALID_INPUT` when the cluster or its network has other families, or the image is of
 * a k3s that is too old.
 */
export function planIpv6(
  { metadata: { name }, ipFamily, isDualStack, subnets, image }: ResolvedConfig,
  { existing, clusterId, capabilities, runtime }: Facts,
  found: NonNullable<Facts["existingNetwork"]> | undefined,
): NetworkSubnet | undefined {
  const was = existing === undefined ? undefined : existing.ipv6Subnet !== undefined;
  const isDual = was ?? isDualStack;
  if (isDual !== isDualStack && (isDualStack || ipFamily !== undefined))
    throw otherFamilies(name, isDual);
  if (!isDual) return undefined;
  if (was === undefined && isOlder(k3sVersionOf(image) ?? "", FIRST_K3S)) throw tooOld(image);
  for (const need of NEEDS) if (!capabilities[need]) throw lacksCapability(need, runtime);
  if (found !== undefined) {
    const there = subnetOf(found.subnets, 6);
    if (there?.dynamicRange === undefined) throw withoutIpv6(found.name);
    return there;
  }
  const subnet = existing?.ipv6Subnet ?? subnets.ipv6 ?? uniqueLocalSubnet(clusterId);
  return { subnet, gateway: gatewayOf(parseSubnet(subnet)) };
}

/**
 * A network that no other cluster has, the same for the same seed: engines as old as Docker 26 choose none.
 * Source: https://www.rfc-editor.org/rfc/rfc4193#section-3.2
 */
function uniqueLocalSubnet(seed: string): string {
  const id = createHash("sha256").update(seed).digest("hex");
  return `fd${id.slice(0, 2)}:${id.slice(2, 6)}:${id.slice(6, 10)}::/64`;
}

/**
 * Refuses networks of pods and services that k3s would end on, or that take the nodes' own addresses.
 *
 * @throws `CONFLICTING_OPTIONS`
 */
export function checkNetworks(
  { ipv6, subnet }: Pick<DesiredNetwork, "ipv6" | "subnet">,
  nodes: readonly NodeDefinition[],
): void {
  if (ipv6 === undefined) return;
  const own = [subnet, ipv6.subnet].filter((cidr) => cidr !== undefined).map(parseSubnet);
  for (const { k3sArgs } of nodes.filter(({ role }) => role === "server")) {
    for (const [flag, defaults] of [
      ["--cluster-cidr", `${CLUSTER_CIDR},${CLUSTER_CIDR_IPV6}`],
      ["--service-cidr", `${SERVICE_CIDR},${SERVICE_CIDR_IPV6}`],
    ] as const) {
      const cidrs = (optionValue(k3sArgs, flag) ?? defaults).split(",");
      if (new Set(cidrs.map(familyOf)).size < 2) throw oneFamily(flag, cidrs);
      const taken = cidrs.find((cidr) =>
        own.some((network) => overlaps(network, parseSubnet(cidr))),
      );
      if (taken !== undefined) throw clash(flag, taken);
    }
  }
}

function tooOld(image: string): K3dError {
  return new K3dError(
    "INVALID_INPUT",
    `Both address families need k3s ${FIRST_K3S} or newer, and ${image} is older`,
    { hint: "Choose another image with --image, or leave IPv6 out." },
  );
}

function otherFamilies(name: string, isDual: boolean): K3dError {
  const [has, wants] = isDual ? ["both address families", "IPv4 only"] : ["IPv4 only", "IPv6 too"];
  return new K3dError(
    "INVALID_INPUT",
    `Cluster '${name}' has ${has}, and ${wants} is asked for: a cluster keeps the families it was made with`,
    {
      hint: "Leave --ip-family, --ipv6 and IPv6 subnets as they were, or create another cluster.",
    },
  );
}

function withoutIpv6(network: string): K3dError {
  return new K3dError(
    "INVALID_INPUT",
    `Network '${network}', left over from an earlier cluster, has no IPv6 subnet of k3d's`,
    { hint: "Remove it, e.g. with: k3d prune" },
  );
}

function oneFamily(flag: string, cidrs: readonly string[]): K3dError {
  return new K3dError(
    "CONFLICTING_OPTIONS",
    `The cluster has both address families, but ${flag} names ${cidrs.join(",")} alone`,
    { hint: `Give it a network of each, e.g. ${flag}=10.52.0.0/16,fd00:10:52::/112.` },
  );
}

function clash(flag: string, cidr: string): K3dError {
  return new K3dError(
    "CONFLICTING_OPTIONS",
    `The nodes' own network overlaps ${cidr}, which is ${flag} of the cluster`,
    { hint: `Choose another network with --subnet, or others with --k3s-arg ${flag}=….` },
  );
}
