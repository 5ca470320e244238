import type { NetworkAttachment, PortBinding } from "../runtime/container-spec.js";
import type { DesiredCluster, DesiredNode } from "./desired.js";

/** `0.0.0.0:8080->80/tcp`. */
export function portText({ hostIp, hostPort, containerPort, protocol }: PortBinding): string {
  const host = hostIp === undefined ? "" : `${bracketed(hostIp)}:`;
  return `${host}${hostPort ?? "random"}->${containerPort}/${protocol}`;
}

/** What a node is like, in a few words. */
export function nodeText({ spec, files, initServer }: DesiredNode): string {
  const [{ ipv4Address, ipv6Address } = {}] = spec.networks as Partial<NetworkAttachment>[];
  const addresses = [ipv4Address, ipv6Address].filter((address) => address !== undefined);
  return [
    ...(initServer ? ["initialises"] : []),
    ...(addresses.length === 0 ? [] : [`at ${addresses.join(", ")}`]),
    ...(spec.ports.length > 0 ? [`ports ${spec.ports.map(portText).join(", ")}`] : []),
    ...(spec.mounts.length > 0 ? [counted(spec.mounts.length, "mount")] : []),
    ...(files.length > 0 ? [counted(files.length, "file")] : []),
  ].join("; ");
}

/** `0.0.0.0:6550`. */
export function apiText({ hostIp, port }: DesiredCluster["api"]): string {
  return `${bracketed(hostIp)}:${port ?? "random"}`;
}

export function namesText(names: readonly string[]): string {
  return names.length > 3 ? counted(names.length, "node") : names.join(", ");
}

export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** An IPv6 address as it stands before a port. */
function bracketed(ip: string): string {
  return ip.includes(":") ? `[${ip}]` : ip;
}
