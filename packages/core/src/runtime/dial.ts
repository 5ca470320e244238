import type { Duplex } from "node:stream";
import type { ContainerRuntime, DialAddress } from "./runtime.js";

/** Opens a TCP connection. */
export type Dial = (address: DialAddress, signal?: AbortSignal) => Promise<Duplex>;

/**
 * How `host` is reached where that is not from this machine: the loopback of an engine elsewhere,
 * through its runtime. `undefined`: as usual.
 */
export function dialFor(
  runtime: Pick<ContainerRuntime, "dial"> | undefined,
  host: string,
): Dial | undefined {
  const dial = runtime?.dial?.bind(runtime);
  return dial !== undefined && isLoopback(host)
    ? (address, signal) => dial(address, { signal })
    : undefined;
}

/** Host and port that a URL names; of a URL without a port, that of HTTPS. */
export function addressOf(url: string): DialAddress {
  const { hostname, port } = new URL(url);
  return { host: hostname.replaceAll(/^\[|\]$/g, ""), port: Number(port || 443) };
}

/** Whether a name or an address is that of the machine which uses it. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
