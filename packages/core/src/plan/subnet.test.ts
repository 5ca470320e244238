import { describe, expect, it } from "vitest";
import {
  addressAt,
  dynamicRangeOf,
  fixedAddressCount,
  gatewayOf,
  parseSubnet,
} from "../runtime/subnet.js";

describe("subnet", () => {
  it.each([
    ["172.80.0.0/16", "172.80.0.1", "172.80.0.3", "172.80.128.0/17"],
    ["10.89.3.0/24", "10.89.3.1", "10.89.3.3", "10.89.3.128/25"],
    ["192.168.96.0/20", "192.168.96.1", "192.168.96.3", "192.168.104.0/21"],
    ["255.255.255.240/28", "255.255.255.241", "255.255.255.243", "255.255.255.248/29"],
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
  });

  it.each(["", "172.18.0.0", "172.18.0.0/33", "300.1.1.0/24", "fd00::/64", "1.2.3.4/x"])(
    "refuses '%s'",
    (cidr) => {
      expect(() => parseSubnet(cidr)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
    },
  );
});
