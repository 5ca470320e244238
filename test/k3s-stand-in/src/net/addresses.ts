import { readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { hostname, networkInterfaces } from "node:os";

function defaultInterface(): string | undefined {
  try {
    const routes = readFileSync("/proc/net/route", "utf8")
      .split("\n")
      .slice(1)
      .map((line) => line.split(/\s+/));
    return routes.find((route) => route[1] === "00000000" && route[7] === "00000000")?.[0];
  } catch {
    return undefined;
  }
}

/** The address that k3s advertises when `--node-ip` is not given: that of the interface with the default route. */
export function hostAddress(): string {
  const interfaces = networkInterfaces();
  const preferred = defaultInterface();
  const names = [...(preferred ? [preferred] : []), ...Object.keys(interfaces)];
  for (const family of ["IPv4", "IPv6"]) {
    for (const name of names) {
      const found = interfaces[name]?.find(
        (address) =>
          address.family === family && !address.internal && !address.address.startsWith("fe80"),
      );
      if (found) return found.address;
    }
  }
  return "127.0.0.1";
}

export function hostName(): string {
  return hostname().toLowerCase();
}

/** A host in brackets where it is an IPv6 address. */
export function urlHost(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}

/** The address `offset` places into an IPv4 or IPv6 network, such as 1 for the API service in the service network. */
export function addressInNetwork(cidr: string, offset: number): string {
  const [base = ""] = cidr.split("/");
  if (isIPv6(base)) return `${base.replace(/::$/, "")}::${offset.toString(16)}`;
  const value = base.split(".").reduce((sum, part) => sum * 256 + Number(part), 0) + offset;
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}
