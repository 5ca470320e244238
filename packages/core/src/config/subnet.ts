import { syntaxError } from "../filters/index.js";

/** Smallest network that has room for the gateway and a few nodes. */
const MAX_PREFIX = 29;

/**
 * Checks `--subnet`: `auto`, or an IPv4 network in CIDR notation without host
 * bits, between /8 and /29.
 *
 * @throws `INVALID_INPUT` pointing at the offending part.
 */
export function checkSubnet(text: string): string {
  if (text === "auto") return text;
  const fail = (
    at: number,
    reason: string,
    hint = 'Write a network such as "172.28.0.0/16", or "auto".',
  ) => syntaxError({ what: "subnet", text, at, reason, hint });
  if (text.includes(":")) throw fail(0, "only IPv4 networks can be asked for");
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
  return text;
}
