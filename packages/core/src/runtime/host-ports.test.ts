import { expect, it } from "vitest";
import { isSameAddress, reachableAddress, sharesAddress, sharesHostPort } from "./host-ports.js";

const NONE = undefined;

it.each([
  [NONE, NONE, true],
  [NONE, "", true],
  [NONE, "0.0.0.0", true],
  [NONE, "::", true],
  [NONE, "127.0.0.1", true],
  [NONE, "::1", true],
  ["", "192.0.2.1", true],
  ["0.0.0.0", "0.0.0.0", true],
  ["0.0.0.0", "127.0.0.1", true],
  ["0.0.0.0", "::", false],
  ["0.0.0.0", "::1", false],
  ["::", "::1", true],
  ["::", "[::]", true],
  ["::", "127.0.0.1", false],
  ["127.0.0.1", "127.0.0.1", true],
  ["127.0.0.1", "127.0.0.2", false],
  ["127.0.0.1", "::1", false],
  ["fd00::1", "fd00::1", true],
  ["fd00::1", "fd00::2", false],
])("at %s and %s a port collides: %s", (one, other, expected) => {
  expect(sharesAddress(one, other)).toBe(expected);
  expect(sharesAddress(other, one)).toBe(expected);
});

it.each([
  [NONE, "", true],
  [NONE, "0.0.0.0", true],
  ["::", "0.0.0.0", true],
  ["127.0.0.1", "127.0.0.1", true],
  ["127.0.0.1", NONE, false],
  ["127.0.0.1", "::1", false],
])("%s and %s are one address to publish at: %s", (one, other, expected) => {
  expect(isSameAddress(one, other)).toBe(expected);
  expect(isSameAddress(other, one)).toBe(expected);
});

it.each([
  ["another port", { hostPort: 81, protocol: "tcp" }, false],
  ["another protocol", { hostPort: 80, protocol: "udp" }, false],
  ["a port that is left open", { protocol: "tcp" }, false],
  ["an address in it", { hostPort: 80, protocol: "tcp", hostIp: "127.0.0.1" }, true],
] as const)("a host port and %s", (_what, other, expected) => {
  expect(sharesHostPort({ hostPort: 80, protocol: "tcp" }, other)).toBe(expected);
});

it.each([
  [NONE, "127.0.0.1"],
  ["", "127.0.0.1"],
  ["0.0.0.0", "127.0.0.1"],
  ["::", "::1"],
  ["192.0.2.1", "192.0.2.1"],
])("what listens at %s is reached at %s", (hostIp, expected) => {
  expect(reachableAddress(hostIp)).toBe(expected);
});
