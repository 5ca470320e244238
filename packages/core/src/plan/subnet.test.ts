import { describe, expect, it } from "vitest";
import {
  addressAt,
  containsAddress,
  dynamicRangeOf,
  fixedAddressCount,
  gatewayOf,
  overlaps,
  parseSubnet,
} from "../runtime/subnet.js";

describe("subnet", () => {
  it.each([
    ["172.80.0.0/16", "172.80.0.1", "172.80.0.3", "172.80.128.0/17"],
    ["10.89.3.0/24", "10.89.3.1", "10.89.3.3", "10.89.3.128/25"],
    ["192.168.96.0/20", "192.168.96.1", "192.168.96.3", "192.168.104.0/21"],
    ["255.255.255.240/28", "255.255.255.241", "255.255.255.243", "255.255.255.248/29"],
    ["fd00:28::/64", "fd00:28::1", "fd00:28::3", "fd00:28:0:0:8000::/66"],
    ["fd00:28::100/120", "fd00:28::101", "fd00:28::103", "fd00:28::180/122"],
    ["::ffff:10.0.0.0/112", "::ffff:a00:1", "::ffff:a00:3", "::ffff:a00:8000/114"],
  ])("splits %s", (cidr, gateway, first, dynamic) => {
    const subnet = parseSubnet(cidr);
    expect(gatewayOf(subnet)).toBe(gateway);
    expect(addressAt(subnet, 3)).toBe(first);
    expect(dynamicRangeOf(subnet)).toBe(dynamic);
  });

  it("takes a host address as its network", () => {
    expect(gatewayOf(parseSubnet("172.80.5.9/16"))).toBe("172.80.0.1");
  });

  it("counts the fixed addresses of the lower half", () => {
    expect(fixedAddressCount(parseSubnet("10.0.0.0/28"))).toBe(5);
    expect(fixedAddressCount(parseSubnet("10.0.0.0/30"))).toBe(0);
    expect(fixedAddressCount(parseSubnet("fd00::/124"))).toBe(5);
  });

  it.each([
    ["10.0.0.0/8", "10.5.0.0/16", true],
    ["10.5.0.0/16", "10.0.0.0/8", true],
    ["10.0.0.0/16", "10.1.0.0/16", false],
    ["fd00::/48", "fd00:0:0:7::/64", true],
    ["fd00::/48", "fd00:0:1::/64", false],
    ["0.0.0.0/0", "::/0", false],
  ])("tells whether %s and %s overlap", (one, other, expected) => {
    expect(overlaps(parseSubnet(one), parseSubnet(other))).toBe(expected);
  });

  it.each([
    ["fd00::/64", "fd00::5", true],
    ["fd00::/64", "fd00:0:0:1::5", false],
    ["fd00::/64", "10.0.0.5", false],
    ["10.0.0.0/24", "10.0.0.5", true],
  ])("tells whether %s holds %s", (cidr, address, expected) => {
    expect(containsAddress(parseSubnet(cidr), address)).toBe(expected);
  });

  it.each([
    "",
    "172.18.0.0",
    "172.18.0.0/33",
    "300.1.1.0/24",
    "1.2.3.4/x",
    "fd00::/129",
    "fd00::/",
  ])("refuses '%s'", (cidr) => {
    expect(() => parseSubnet(cidr)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });
});
