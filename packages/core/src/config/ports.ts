import { isIP } from "node:net";
import { syntaxError } from "../filters/index.js";
import type { PortBinding, PortProtocol } from "../runtime/container-spec.js";

const WHAT = "port mapping";
const HINT =
  'Write [HOST:][HOSTPORT:]CONTAINERPORT[/PROTOCOL], for example "8080:80", "127.0.0.1:8080:80", "[::1]:53:53/udp" or "8000-8010:8000-8010".';
const PROTOCOLS: readonly string[] = ["tcp", "udp", "sctp"] satisfies PortProtocol[];

/** A piece of the text and where it starts. */
interface Piece {
  text: string;
  at: number;
}

/**
 * Parses `[HOST:][HOSTPORT:]CONTAINERPORT[/PROTOCOL]` into one binding per port.
 *
 * HOST is an address (an IPv6 literal in brackets) or `localhost`. Both ports
 * may be ranges of equal length. No host port, or `0`, leaves it to the engine.
 * The protocol is `tcp` (the default), `udp` or `sctp`.
 *
 * @throws `INVALID_INPUT` pointing at the offending part.
 */
export function parsePortSpec(text: string): PortBinding[] {
  const fail = (at: number, reason: string) =>
    syntaxError({ what: WHAT, text, at, reason, hint: HINT });
  const slash = text.lastIndexOf("/");
  const protocol = slash === -1 ? "tcp" : text.slice(slash + 1).toLowerCase();
  if (!PROTOCOLS.includes(protocol)) {
    throw fail(slash + 1, `"${protocol}" is no protocol; known are ${PROTOCOLS.join(", ")}`);
  }
  const pieces = splitColons(slash === -1 ? text : text.slice(0, slash), fail);
  const [container, host, address, excess] = pieces.toReversed();
  if (excess !== undefined)
    throw fail(excess.at, "too many parts between colons; an IPv6 address needs brackets");
  if (container === undefined) throw fail(0, "a container port is missing");

  const containerPorts = portRange(container, "container port", fail);
  const hostPorts =
    host === undefined || host.text === "" ? undefined : portRange(host, "host port", fail);
  if (host !== undefined && host.text === "" && address === undefined)
    throw fail(host.at, "a host port is missing");
  if (containerPorts.first === 0)
    throw fail(container.at, "the container port must be between 1 and 65535");
  const length = containerPorts.last - containerPorts.first;
  const engineChooses = hostPorts === undefined || (hostPorts.first === 0 && hostPorts.last === 0);
  if (hostPorts !== undefined && !engineChooses && hostPorts.last - hostPorts.first !== length) {
    throw fail(
      host?.at ?? 0,
      `${hostPorts.last - hostPorts.first + 1} host ports cannot be mapped to ${length + 1} container ports`,
    );
  }
  const hostIp =
    address === undefined || address.text === "" ? undefined : hostAddress(address, fail);

  return Array.from({ length: length + 1 }, (_, offset) => ({
    containerPort: containerPorts.first + offset,
    protocol: protocol as PortProtocol,
    ...(hostIp === undefined ? {} : { hostIp }),
    ...(engineChooses || hostPorts === undefined ? {} : { hostPort: hostPorts.first + offset }),
  }));
}

/** The text that {@link parsePortSpec} reads as this one binding. */
export function formatPortBinding({
  hostIp,
  hostPort,
  containerPort,
  protocol,
}: PortBinding): string {
  const host = hostIp === undefined ? "" : `${hostIp.includes(":") ? `[${hostIp}]` : hostIp}:`;
  const port = hostPort === undefined ? (hostIp === undefined ? "" : ":") : `${hostPort}:`;
  return `${host}${port}${containerPort}/${protocol}`;
}

type Fail = (at: number, reason: string) => Error;

function splitColons(text: string, fail: Fail): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  if (text.startsWith("[")) {
    const end = text.indexOf("]");
    if (end === -1) throw fail(text.length, 'the closing "]" of the address is missing');
    if (text[end + 1] !== ":") throw fail(end + 1, 'a ":" is expected after the address');
    pieces.push({ text: text.slice(0, end + 1), at });
    at = end + 2;
  }
  for (const part of text.slice(at).split(":")) {
    pieces.push({ text: part, at });
    at += part.length + 1;
  }
  return pieces;
}

function hostAddress({ text, at }: Piece, fail: Fail): string {
  if (text.startsWith("[")) {
    const literal = text.slice(1, -1);
    if (isIP(literal) !== 6) throw fail(at + 1, `"${literal}" is no IPv6 address`);
    return literal;
  }
  if (text === "localhost") return "127.0.0.1";
  if (isIP(text) !== 4) throw fail(at, `"${text}" is no address of this host`);
  return text;
}

function portRange({ text, at }: Piece, what: string, fail: Fail): { first: number; last: number } {
  const [first = "", last = first, more] = text.split("-");
  if (more !== undefined) throw fail(at + first.length + last.length + 1, "a range has two ends");
  const range = {
    first: portNumber(first, at, what, fail),
    last: portNumber(last, last === first ? at : at + first.length + 1, what, fail),
  };
  if (range.last < range.first) throw fail(at, "the range ends before it starts");
  return range;
}

function portNumber(text: string, at: number, what: string, fail: Fail): number {
  if (text === "") throw fail(at, `a ${what} is missing`);
  const bad = text.search(/[^0-9]/);
  if (bad !== -1) throw fail(at + bad, `"${text}" is no ${what}`);
  if (text.length > 5 || Number(text) > 65_535) throw fail(at, `the ${what} must be at most 65535`);
  return Number(text);
}
