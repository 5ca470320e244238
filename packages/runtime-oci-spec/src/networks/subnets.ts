import { createHash } from "node:crypto";
import { K3dError, parseAnswer, type NetworkSpec } from "@k3d/core/runtime";
import { run } from "../host/run.ts";
import type { Settings } from "../host/settings.ts";
import type { NetworkRecord } from "../store/network-records.ts";
import {
  contains,
  formatAddress,
  freeSubnet,
  overlaps,
  parseAddress,
  parseCidr,
  type Cidr,
} from "../host/ipv4.ts";

const SUBNET_PREFIX = 24;

/**
 * Subnet, gateway and dynamic range of a new network.
 *
 * @throws `NETWORK_IN_USE` when the subnet overlaps another network or a route
 *   of this machine, `INVALID_INPUT` for addresses that do not fit.
 */
export async function planSubnet(
  spec: NetworkSpec,
  settings: Settings,
  others: readonly NetworkRecord[],
): Promise<{ subnet: string; gateway: string }> {
  const ours = others.map(({ name, subnet }) => ({
    owner: `network '${name}'`,
    cidr: parseCidr(subnet),
  }));
  const used = [...ours, ...(await routes())].filter(
    (entry): entry is { owner: string; cidr: Cidr } => entry.cidr !== undefined,
  );
  const subnet =
    spec.subnet === undefined
      ? choose(
          spec.name,
          settings.subnetPool,
          used.map(({ cidr }) => cidr),
        )
      : given(spec.name, spec.subnet);
  const taken = used.find(({ cidr }) => overlaps(cidr, subnet));
  if (taken) {
    throw new K3dError(
      "NETWORK_IN_USE",
      `Subnet ${subnet.text} of network '${spec.name}' overlaps ${taken.cidr.text} of ${taken.owner}`,
      {
        hint: "Choose another subnet, or none to have a free one chosen",
      },
    );
  }
  const gateway = spec.gateway ?? formatAddress(subnet.first + 1);
  requireInside(spec.name, subnet, "gateway", gateway);
  const dynamic = spec.dynamicRange === undefined ? subnet : parseCidr(spec.dynamicRange);
  if (!dynamic || !contains(subnet, dynamic.first) || !contains(subnet, dynamic.last)) {
    throw new K3dError(
      "INVALID_INPUT",
      `Range ${spec.dynamicRange ?? ""} of network '${spec.name}' is not within ${subnet.text}`,
    );
  }
  return { subnet: subnet.text, gateway };
}

/** @throws `INVALID_INPUT` for an address that no container of the network can have. */
export function requireAddress(network: NetworkRecord, address: string): void {
  const subnet = parseCidr(network.subnet);
  if (subnet) requireInside(network.name, subnet, "address", address);
  if (address === network.gateway) {
    throw new K3dError(
      "INVALID_INPUT",
      `Address ${address} is the gateway of network '${network.name}'`,
    );
  }
}

function requireInside(network: string, subnet: Cidr, what: string, address: string): void {
  const value = parseAddress(address);
  if (value !== undefined && subnet.first < value && value < subnet.last) return;
  throw new K3dError(
    "INVALID_INPUT",
    `The ${what} ${address} is not a usable address of network '${network}' (${subnet.text})`,
  );
}

function given(network: string, text: string): Cidr {
  const subnet = parseCidr(text);
  if (subnet && subnet.prefix >= 8 && subnet.prefix <= 29) return subnet;
  throw new K3dError(
    "INVALID_INPUT",
    `Subnet ${text} of network '${network}' is not an IPv4 network between /8 and /29`,
  );
}

/** Begins at a place of the name's own: a network made anew tends to its old subnet, and two at once to different ones. */
function choose(name: string, pool: Cidr, used: readonly Cidr[]): Cidr {
  const start = createHash("sha256").update(name).digest().readUInt32BE(0);
  const subnet = freeSubnet(pool, SUBNET_PREFIX, used, start);
  if (subnet) return subnet;
  throw new K3dError("NETWORK_IN_USE", `No subnet of /${SUBNET_PREFIX} is free in ${pool.text}`, {
    hint: "Remove unused networks, or name another range in K3D_OCI_SUBNETS",
  });
}

/** What the kernel already sends elsewhere: the networks of other engines among it. */
async function routes(): Promise<{ owner: string; cidr: Cidr | undefined }[]> {
  const listed = parseAnswer<{ dst: string; dev?: string }[]>(
    await run("ip", ["-json", "-4", "route", "show", "table", "main"]),
    "list the routes of this machine",
  );
  return listed
    .filter(({ dst }) => dst !== "default")
    .map(({ dst, dev }) => ({
      owner: `interface ${dev ?? "?"}`,
      cidr: parseCidr(dst.includes("/") ? dst : `${dst}/32`),
    }));
}
