import { expect, test } from "vitest";
import { addressInNetwork, urlHost } from "./addresses.ts";

test.each([
  ["10.43.0.0/16", 1, "10.43.0.1"],
  ["10.43.0.0/16", 10, "10.43.0.10"],
  ["192.168.255.0/24", 256, "192.169.0.0"],
  ["fd00:43::/112", 10, "fd00:43::a"],
])("place %s + %d is %s", (cidr, offset, address) => {
  expect(addressInNetwork(cidr, offset)).toBe(address);
});

test("IPv6 addresses need brackets in URLs", () => {
  expect([urlHost("::1"), urlHost("127.0.0.1")]).toEqual(["[::1]", "127.0.0.1"]);
});
