import { expect, it } from "vitest";
import { firstAddress } from "./subnet.js";

it.each([
  ["10.1.0.0/24", "10.1.0.1"],
  ["172.28.5.9/16", "172.28.0.1"],
  ["192.168.7.64/26", "192.168.7.65"],
  ["10.0.0.0/31", undefined],
  ["300.0.0.0/8", undefined],
  ["fd00::/64", "fd00::1"],
  ["fd00:0:0:5::9/48", "fd00::1"],
  ["fd00::/127", undefined],
  ["nonsense", undefined],
])("%s → %s", (cidr, expected) => {
  expect(firstAddress(cidr)).toBe(expected);
});
