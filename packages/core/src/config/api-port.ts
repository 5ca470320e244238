import { isIP } from "node:net";
import { syntaxError } from "../filters/index.js";

/** Where an API is bound and what clients call it, as far as the user says. */
export interface ApiAddress {
  /** Host name or address that clients use. */
  host?: string;
  /** Address of this host that the port is bound to. */
  hostIP?: string;
}

const WHAT = "API port";
const HINT =
  'Write [HOST:]HOSTPORT, for example "6550", "127.0.0.1:6550", "[::1]:6550", "k3d.example.org:6550" or "random".';

/**
 * Parses `[HOST:]HOSTPORT` of `--api-port`. HOSTPORT is a number or `random`.
 *
 * A HOST that is an address (an IPv6 literal in brackets) is both bound to and
 * used by clients; a name is only used by clients.
 *
 * @throws `INVALID_INPUT` pointing at the offending part.
 */
export function parseApiPort(text: string): ApiAddress & { hostPort: string } {
  const fail = (at: number, reason: string) =>
    syntaxError({ what: WHAT, text, at, reason, hint: HINT });
  const colon = text.lastIndexOf(":");
  const hostPort = checkHostPort(text.slice(colon + 1), (reason) => fail(colon + 1, reason));
  if (colon === -1) return { hostPort };
  const host = text.slice(0, colon);
  if (host === "") throw fail(0, "a host is missing");
  const literal = /^\[(.*)\]$/.exec(host)?.[1];
  if (literal !== undefined) {
    if (isIP(literal) !== 6) throw fail(1, `"${literal}" is not an IPv6 address`);
    return { ...bindTo(literal), hostPort };
  }
  if (isIP(host) === 6 || isIP(text) === 6) throw fail(0, "an IPv6 address needs brackets");
  if (isIP(host) === 4) return { ...bindTo(host), hostPort };
  const bad = host.search(/[^A-Za-z0-9.-]/);
  if (bad !== -1 || /^[-.]|[-.]$|^[0-9.]+$/.test(host)) {
    throw fail(Math.max(bad, 0), `"${host}" is neither an address nor a host name`);
  }
  return host === "localhost" ? { host, hostIP: "127.0.0.1", hostPort } : { host, hostPort };
}

/** An address that stands for every address is no use to clients. */
function bindTo(address: string): ApiAddress {
  const wildcard = address === "0.0.0.0" || address === "::";
  return { hostIP: address, ...(wildcard ? {} : { host: address }) };
}

/**
 * Checks a host port that may be left open: `random` and `0` are both `random`.
 *
 * @throws what `fail` makes of the reason.
 */
export function checkHostPort(text: string, fail: (reason: string) => Error): string {
  if (text === "random" || /^0+$/.test(text)) return "random";
  if (text === "") throw fail("a host port is missing");
  if (!/^[0-9]+$/.test(text)) throw fail(`"${text}" is neither a port number nor "random"`);
  if (Number(text) > 65_535) throw fail("the host port must be at most 65535");
  return String(Number(text));
}
