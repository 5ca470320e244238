import { describe, expect, it } from "vitest";
import { freeSubnet } from "./free-subnet.js";
import { parseNameServers, parseRoutes } from "./host-networks.js";

const ID = "0123456789abcdef";

function bridge(subnet: string, name?: string): Parameters<typeof freeSubnet>[0][number] {
  return {
    Id: ID,
    Driver: "bridge",
    IPAM: { Driver: "default", Options: {}, Config: [{ Subnet: subnet }] },
    Options: name === undefined ? {} : { "com.docker.network.bridge.name": name },
  };
}

const DEFAULT = bridge("172.17.0.0/16", "docker0");
const DEFAULT_ROUTE = { device: "docker0", subnet: "172.17.0.0/16" };
const none = { routes: [DEFAULT_ROUTE], nameServers: [] };

describe("the subnet that an engine on this machine would choose", () => {
  it("is the first of its pool, past its own networks", () => {
    expect(freeSubnet([DEFAULT], none)).toBe("172.18.0.0/16");
    expect(freeSubnet([DEFAULT, bridge("172.18.4.0/24")], none)).toBe("172.19.0.0/16");
  });

  it("keeps away from routes and name servers", () => {
    const routes = [DEFAULT_ROUTE, { device: "wg0", subnet: "172.18.0.0/15" }];
    const nameServers = ["172.20.0.53"];
    expect(freeSubnet([DEFAULT], { routes, nameServers })).toBe("172.21.0.0/16");
  });

  it("is not told when all are taken", () => {
    const routes = [DEFAULT_ROUTE, { device: "vpn", subnet: "128.0.0.0/1" }];
    expect(freeSubnet([DEFAULT], { routes, nameServers: [] })).toBeUndefined();
  });

  it("is not told beside what is no subnet", () => {
    expect(freeSubnet([DEFAULT, bridge("any")], none)).toBeUndefined();
  });

  it("is known by the device of any bridge", () => {
    const routes = [{ device: `br-${ID.slice(0, 12)}`, subnet: "172.30.0.0/16" }];
    expect(freeSubnet([bridge("172.30.0.0/16")], { routes, nameServers: [] })).toBe(
      "172.18.0.0/16",
    );
  });

  it.each([
    ["another device", [{ device: "docker1", subnet: "172.17.0.0/16" }]],
    ["another subnet on the same device", [{ device: "docker0", subnet: "172.26.0.0/16" }]],
    ["no routes", []],
  ])("is not told where the engine's networks are not this machine's: %s", (_, routes) => {
    expect(freeSubnet([DEFAULT], { routes, nameServers: [] })).toBeUndefined();
  });

  it("is not told from networks that are no bridges", () => {
    const overlay = { ...DEFAULT, Driver: "overlay" };
    expect(freeSubnet([overlay], none)).toBeUndefined();
  });
});

describe("what Linux tells of its networks", () => {
  const heading =
    "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT";
  const route = (destination: string, mask: string): string =>
    `docker0\t${destination}\t00000000\t0001\t0\t0\t0\t${mask}\t0\t0\t0   `;

  it.each([
    ["LE", "000011AC", "0000FFFF"],
    ["BE", "AC110000", "FFFF0000"],
  ] as const)("routes, of a processor that is %s", (order, destination, mask) => {
    const lines = [heading, route("00000000", "00000000"), route(destination, mask), ""];
    expect(parseRoutes(lines.join("\n"), order)).toEqual([
      { device: "docker0", subnet: "172.17.0.0/16" },
    ]);
  });

  it("name servers", () => {
    const text =
      "# nameserver 10.9.9.9\nsearch a\nnameserver 10.0.0.1\nnameserver ::1\n nameserver\t10.0.0.2 \n";
    expect(parseNameServers(text)).toEqual(["10.0.0.1", "10.0.0.2"]);
  });
});
