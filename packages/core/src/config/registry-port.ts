import { checkHostPort } from "./api-port.js";
import { checkBindHost } from "./registry-refs.js";
import { syntaxError } from "../filters/index.js";

const HINT =
  'Write [HOST:]HOSTPORT, for example "5000", "127.0.0.1:5000", "[::1]:5000" or "random".';

/** Where a registry is published on the host. */
export interface RegistryPort {
  /** Absent: all addresses. */
  hostIp?: string;
  /** Absent: one that is free. */
  hostPort?: number;
}

/**
 * Parses `[HOST:]HOSTPORT` of `registry create --port`. HOST is an address of
 * this host (an IPv6 literal in brackets) or `localhost`; HOSTPORT a number or `random`.
 *
 * @throws `INVALID_INPUT` pointing at the offending part.
 */
export function parseRegistryPort(text: string): RegistryPort {
  const fail = (at: number, reason: string) =>
    syntaxError({ what: "registry port", text, at, reason, hint: HINT });
  const colon = text.lastIndexOf(":");
  const port = checkHostPort(text.slice(colon + 1), (reason) => fail(colon + 1, reason));
  const hostPort = port === "random" ? {} : { hostPort: Number(port) };
  if (colon === -1) return hostPort;
  const host = text.slice(0, colon);
  if (host === "") throw fail(0, "a host is missing");
  if (host.includes(":") && !/^\[.*\]$/.test(host)) throw fail(0, "an IPv6 address needs brackets");
  return { hostIp: checkBindHost(host, (reason) => fail(0, reason)), ...hostPort };
}
