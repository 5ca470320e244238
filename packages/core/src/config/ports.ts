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
 * Parses `[HOST:][HOSTPORT:]CONTAINERPORT[/PROTOCOL]` into one binding per port,
 * in every form that k3d v5 takes (`ParsePortSpec` of docker/go-connections).
 *
 * HOST is an address (an IPv6 literal with or without brackets) or `localhost`.
 * Both ports may be ranges of equal length; of a range of host ports for one
 * container port the first is taken. No host port (`80`, `:80`), or `0`, leaves
 * it to the engine. The protocol is `tcp` (the default), `udp` or `sctp`.
 *
 * @throws `INVALID_INPUT` pointing at the offending part.
 */
export function parsePortSpec(text: string): PortBinding[] {
  const fail = (at: number, reason: string) =>
    syntaxError({ what: WHAT, text, at, reason, hint: HINT });
  const slash = text.indexOf("/");
  const protocol = slash === -1 ? "tcp" : text.slice(slash + 1).toLowerCase() || "tcp";
  if (!PROTOCOLS.includes(protocol)) {
    throw fail(slash + 1, `"${protocol}" is not a protocol; known are ${PROTOCOLS.join(", ")}`);
  }
  const { address, host, container } = splitColons(slash === -1 ? text : text.slice(0, slash));
  const containerPorts = portRange(container, "container port", fail);
  if (containerPorts.first === 0)
    throw fail(container.at, "the container port must be between 1 and 65535");
  const length = containerPorts.last - containerPorts.first;
  const hostPorts = host.text === "" ? ENGINE_CHOOSES : portRange(host, "host port", fail);
  const engineChooses = hostPorts.first === 0 && hostPorts.last === 0;
  if (!engineChooses && length > 0 && hostPorts.last - hostPorts.first !== length) {
    throw fail(
      host.at,
      `${hostPorts.last - hostPorts.first + 1} host ports cannot be mapped to ${length + 1} container ports`,
    );
  }
  const hostIp = address.text === "" ? undefined : hostAddress(address, fail);
  return Array.from({ length: length + 1 }, (_, offset) => ({
    containerPort: containerPorts.first + offset,
    protocol: protocol as PortProtocol,
    hostIp,
    ...(engineChooses ? {} : { hostPort: hostPorts.first + offset }),
  }));
}

const ENGINE_CHOOSES = { first: 0, last: 0 };

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

/** The parts between colons; what stands before the last two is the address, colons and all. */
function splitColons(text: string): Record<"address" | "host" | "container", Piece> {
  const last = text.lastIndexOf(":");
  const before = last === -1 ? -1 : text.slice(0, last).lastIndexOf(":");
  return {
    address: { text: text.slice(0, Math.max(before, 0)), at: 0 },
    host: { text: last === -1 ? "" : text.slice(before + 1, last), at: before + 1 },
    container: { text: text.slice(last + 1), at: last + 1 },
  };
}

function hostAddress({ text, at }: Piece, fail: Fail): string {
  if (text === "localhost") return "127.0.0.1";
  const literal = /^\[(.*)\]$/.exec(text)?.[1];
  if (isIP(literal ?? text) === 0 || isIP(literal ?? "::") !== 6)
    throw fail(at, `"${text}" is not an address of this host`);
  return literal ?? text;
}

function portRange({ text, at }: Piece, what: string, fail: Fail): { first: number; last: number } {
  const [first = "", last = first, more] = text.split("-");
  if (more !== undefined) throw fail(at + first.length + last.length + 1, "a range needs two ends");
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
  if (bad !== -1) throw fail(at + bad, `"${text}" is not a ${what}`);
  if (text.length > 5 || Number(text) > 65_535) throw fail(at, `the ${what} must be at most 65535`);
  return Number(text);
}
