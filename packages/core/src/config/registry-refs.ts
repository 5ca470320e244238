import { isIP } from "node:net";
import { syntaxError } from "../filters/index.js";
import { checkHostPort } from "./api-port.js";
import { checkRegistryName } from "./names.js";

/** An existing registry to use, `NAME[:PORT]`. */
export interface RegistryRef {
  name: string;
  /** One of its ports, inside the container network or on this host. Absent: whatever it has. */
  port?: number;
  /** Its port on this host, of `NAME:PORT:HOSTPORT`. */
  hostPort?: number;
}

/**
 * Parses `[http[s]://]NAME[:PORT[:HOSTPORT]]` of `--registry-use`. The protocol
 * is what k3d v5 takes; it says nothing, since k3d's registries speak http.
 *
 * @throws `INVALID_INPUT` pointing at the offending part.
 */
export function parseRegistryRef(text: string): RegistryRef {
  const fail = (at: number, reason: string) =>
    syntaxError({
      what: "registry",
      text,
      at,
      reason,
      hint: 'Write NAME[:PORT], for example "k3d-registry:5000".',
    });
  const start = /^https?:\/\//.exec(text)?.[0].length ?? 0;
  const [name = "", port, hostPort, more] = text.slice(start).split(":");
  if (more !== undefined) {
    const known = [name, port, hostPort].join(":").length;
    throw fail(start + known, 'there are too many ":"');
  }
  checkNamePart(name, text, (at, reason) => fail(start + at, reason));
  const portAt = start + name.length + 1;
  return {
    name,
    ...(port === undefined ? {} : { port: portNumber(port, portAt, fail) }),
    ...(hostPort === undefined || port === undefined
      ? {}
      : { hostPort: portNumber(hostPort, portAt + port.length + 1, fail) }),
  };
}

/** Five digits, as k3d v5 takes them: what is no port is none of the registry's, and warned of. */
function portNumber(text: string, at: number, fail: (at: number, reason: string) => Error): number {
  if (!/^[0-9]{1,5}$/.test(text)) throw fail(at, `"${text}" is not a port number`);
  return Number(text);
}

export const formatRegistryRef = ({ name, port, hostPort }: RegistryRef): string =>
  [name, port, hostPort].filter((part) => part !== undefined).join(":");

/** A registry to be made. */
export interface NewRegistry {
  /** Absent: the one made of the cluster's name, as k3d v5 has it for `:PORT`. */
  name?: string;
  /** Address of this host that its port is bound to. */
  host?: string;
  /** A port number, or `random`. */
  hostPort?: string;
}

/**
 * Parses `[NAME][:HOST][:HOSTPORT]` of `--registry-create`. HOST is an address of
 * this host (an IPv6 literal in brackets) or `localhost`; HOSTPORT a number or `random`.
 *
 * @throws `INVALID_INPUT` pointing at the offending part.
 */
export function parseRegistryCreate(text: string): NewRegistry {
  const fail = (at: number, reason: string) =>
    syntaxError({
      what: "registry",
      text,
      at,
      reason,
      hint: 'Write NAME[:HOST][:HOSTPORT], for example "my-registry", "my-registry:5000" or "my-registry:127.0.0.1:5000".',
    });
  const match = /^([^:]*)(?::(\[[^\]]*\]|[^:]*))?(?::([^:]*))?$/.exec(text);
  const [, name = "", second, third] = match ?? [];
  if (match === null) throw fail(text.length, 'there are too many ":"');
  if (name !== "" || second === undefined) checkNamePart(name, text, fail);
  const named = name === "" ? {} : { name };
  if (second === undefined) return named;
  const at = name.length + 1;
  const isPort = third === undefined && (second === "random" || /^[0-9]*$/.test(second));
  if (isPort) return { ...named, hostPort: checkHostPort(second, (reason) => fail(at, reason)) };
  const host = checkBindHost(second, (reason) => fail(at, reason));
  if (third === undefined) return { ...named, host };
  return {
    ...named,
    host,
    hostPort: checkHostPort(third, (reason) => fail(at + second.length + 1, reason)),
  };
}

/**
 * The address that a registry's `host` means: an IP, or `127.0.0.1` for `localhost`.
 *
 * @throws what `fail` makes of the reason.
 */
export function checkBindHost(text: string, fail: (reason: string) => Error): string {
  const literal = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  if (literal === "localhost") return "127.0.0.1";
  if (isIP(literal) === 0) throw fail(`"${text}" is not an address of this host`);
  return literal;
}

function checkNamePart(
  name: string,
  text: string,
  fail: (at: number, reason: string) => Error,
): void {
  if (name === "") throw fail(0, "a name is missing");
  if (name === text) {
    checkRegistryName(name, "registry");
    return;
  }
  const bad = name.search(/[^A-Za-z0-9._-]/);
  if (bad !== -1) throw fail(bad, `"${name[bad]}" is not allowed in a name`);
  if (/^[-._]|[-._]$|\.[-._]|[-_]\./.test(name) || name.length > 63)
    throw fail(0, `"${name}" is not a host name`);
}
