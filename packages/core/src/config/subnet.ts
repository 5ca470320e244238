import { isIPv6 } from "node:net";
import { invalid } from "./invalid.js";
import { syntaxError } from "../filters/index.js";
import { formatSubnet, overlaps, parseSubnet } from "../runtime/subnet.js";

/** Address families of a cluster, as the config names them. */
export type IpFamilies = "ipv4" | "dual";

/** @throws `INVALID_INPUT` for IPv6 alone, which is none of the values but may well be expected. */
export function checkFamilies(families: string): void {
  if (families !== "ipv6") return;
  throw invalid(
    "address family",
    families,
    "a cluster has IPv4 alone or both families",
    "Use one of: ipv4, dual.",
  );
}

/** Networks by family; what is absent is chosen. */
export interface Subnets {
  ipv4?: string;
  ipv6?: string;
  /** An IPv6 network was named, or asked for by `auto`. */
  hasIpv6: boolean;
}

/** Smallest network that has room for the gateway and a few nodes. */
const MAX_PREFIX = 29;
/** Docker refuses wider ones than it can count; narrower ones have too few addresses for both halves. */
const MIN_PREFIX_IPV6 = 48;
const MAX_PREFIX_IPV6 = 120;

/** Networks whose addresses no node can have: https://www.iana.org/assignments/iana-ipv4-special-registry, and -ipv6-. */
const RESERVED = [
  { cidr: "0.0.0.0/8", is: "of no host" },
  { cidr: "127.0.0.0/8", is: "each machine's own" },
  { cidr: "169.254.0.0/16", is: "of one link only" },
  { cidr: "224.0.0.0/3", is: "of groups, or reserved" },
  { cidr: "::/8", is: "each machine's own, or reserved" },
  { cidr: "fe80::/10", is: "of one link only" },
  { cidr: "ff00::/8", is: "of groups" },
];

const HINT = 'Write a network such as "172.28.0.0/16", or "auto".';
const HINT_DUAL =
  'For both families write the IPv4 network first, e.g. "172.28.0.0/16,fd00:28::/64" or "auto,fd00:28::/64".';

/**
 * Parses `--subnet`: `auto` or an IPv4 network in CIDR notation without host bits, between /8 and /29; for both
 * families followed by a comma and `auto` or an IPv6 network between /48 and /120.
 *
 * @throws `INVALID_INPUT` pointing at the offending part.
 */
export function parseSubnets(text: string): Subnets {
  const fail = (at: number, reason: string, hint = HINT): Error =>
    syntaxError({ what: "subnet", text, at, reason, hint });
  const comma = text.indexOf(",");
  const first = comma === -1 ? text : text.slice(0, comma);
  if (first.includes(":")) {
    const reason =
      comma === -1
        ? "a cluster has IPv4 alone or both families, not IPv6 alone"
        : "the IPv4 network comes first: it is the cluster's main one";
    throw fail(0, reason, HINT_DUAL);
  }
  checkIpv4(first, fail);
  const ipv4 = first === "auto" ? {} : { ipv4: first };
  if (comma === -1) return { ...ipv4, hasIpv6: false };
  const second = text.slice(comma + 1);
  const more = text.indexOf(",", comma + 1);
  if (more !== -1) throw fail(more, "a cluster has one network of each family", HINT_DUAL);
  const failThere: typeof fail = (at, reason, hint = HINT_DUAL) =>
    fail(comma + 1 + at, reason, hint);
  if (second === "auto") return { ...ipv4, hasIpv6: true };
  return { ...ipv4, ipv6: ipv6Network(second, failThere), hasIpv6: true };
}

type Fail = (at: number, reason: string, hint?: string) => Error;

function checkIpv4(text: string, fail: Fail): void {
  if (text === "auto") return;
  const match = /^([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})(?:\/([0-9]{1,2}))?$/.exec(
    text,
  );
  if (match === null) throw fail(0, 'this is neither an IPv4 network nor "auto"');
  const octets = match.slice(1, 5).map(Number);
  if (octets.some((octet) => octet > 255)) throw fail(0, "a number of an address is at most 255");
  if (match[5] === undefined) throw fail(text.length, "the prefix length is missing");
  const prefix = Number(match[5]);
  if (prefix < 8 || prefix > MAX_PREFIX)
    throw fail(text.indexOf("/") + 1, `the prefix length must be between 8 and ${MAX_PREFIX}`);
  const address = octets.reduce((value, octet) => value * 256 + octet, 0);
  const base = address - (address % 2 ** (32 - prefix));
  if (base !== address) {
    const network = [24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join(".");
    throw fail(
      0,
      "this is an address inside a network, not the network",
      `The network is "${network}/${prefix}".`,
    );
  }
  checkUsable(text, fail);
}

function checkUsable(cidr: string, fail: Fail): void {
  const wanted = parseSubnet(cidr);
  const reserved = RESERVED.find(({ cidr: other }) => overlaps(wanted, parseSubnet(other)));
  if (reserved !== undefined)
    throw fail(0, `addresses in ${reserved.cidr} are ${reserved.is}, and no node can have one`);
}

function ipv6Network(text: string, fail: Fail): string {
  const slash = text.indexOf("/");
  const address = slash === -1 ? text : text.slice(0, slash);
  if (!isIPv6(address) || address.includes("%"))
    throw fail(0, 'this is neither an IPv6 network nor "auto"');
  if (slash === -1) throw fail(text.length, "the prefix length is missing");
  const prefix = Number(text.slice(slash + 1));
  if (!(prefix >= MIN_PREFIX_IPV6 && prefix <= MAX_PREFIX_IPV6)) {
    throw fail(
      slash + 1,
      `the prefix length must be between ${MIN_PREFIX_IPV6} and ${MAX_PREFIX_IPV6}`,
    );
  }
  const network = formatSubnet(parseSubnet(`${address}/${prefix}`));
  if (formatSubnet(parseSubnet(`${address}/128`)) !== `${network.split("/")[0]}/128`) {
    throw fail(
      0,
      "this is an address inside a network, not the network",
      `The network is "${network}".`,
    );
  }
  checkUsable(network, fail);
  return network;
}
