import { isIP } from "node:net";
import { syntaxError } from "../filters/index.js";

/** An address and the names that stand for it. */
export interface HostAlias {
  ip: string;
  hostnames: string[];
}

/**
 * Parses `IP:HOST[,HOST…]` of `--host-alias`; an IPv6 address may have brackets.
 *
 * @throws `INVALID_INPUT` pointing at the offending part.
 */
export function parseHostAlias(text: string): HostAlias {
  const fail = (at: number, reason: string) =>
    syntaxError({
      what: "host alias",
      text,
      at,
      reason,
      hint: 'Write IP:HOST[,HOST…], for example "10.0.0.5:db.local,cache.local".',
    });
  const colon = text.lastIndexOf(":");
  if (colon === -1) throw fail(text.length, 'a ":" and a host name are missing');
  const address = text.slice(0, colon);
  const ip = /^\[(.*)\]$/.exec(address)?.[1] ?? address;
  if (isIP(ip) === 0) throw fail(0, `"${address}" is not an IP address`);
  const hostnames = text.slice(colon + 1).split(",");
  let at = colon + 1;
  for (const hostname of hostnames) {
    checkAliasHost(hostname, (offset, reason) => fail(at + offset, reason));
    at += hostname.length + 1;
  }
  return { ip, hostnames };
}

export const formatHostAlias = ({ ip, hostnames }: HostAlias): string =>
  `${ip.includes(":") ? `[${ip}]` : ip}:${hostnames.join(",")}`;

/**
 * Checks a host alias of a config file.
 *
 * @throws `INVALID_INPUT`
 */
export function checkHostAlias({ ip, hostnames }: HostAlias): HostAlias {
  if (isIP(ip) === 0) throw refused(ip, 0, "this is not an IP address");
  if (hostnames.length === 0) throw refused(ip, ip.length, "it has no host names");
  for (const hostname of hostnames)
    checkAliasHost(hostname, (at, reason) => refused(hostname, at, reason));
  return { ip, hostnames };
}

function refused(text: string, at: number, reason: string): Error {
  return syntaxError({
    what: "host alias",
    text,
    at,
    reason,
    hint: "A host alias has an IP address and at least one host name.",
  });
}

function checkAliasHost(hostname: string, refuse: (at: number, reason: string) => Error): void {
  if (hostname === "") throw refuse(0, "a host name is missing");
  const bad = hostname.search(/[^A-Za-z0-9._-]/);
  if (bad !== -1) throw refuse(bad, `"${hostname}" is not a host name`);
  if (/^[-.]|[-.]$|\.\./.test(hostname) || hostname.length > 253)
    throw refuse(0, `"${hostname}" is not a host name`);
}
