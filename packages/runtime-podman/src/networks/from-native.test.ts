import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fixture } from "../../test-support/fixture.js";
import { networkInfo, rangeToCidr, type NetworkJson } from "./from-native.js";

it("reads what podman recorded", async () => {
  const [demo, standard] = (await fixture<NetworkJson[]>("networks")).map(networkInfo);
  expect(demo).toMatchObject({
    id: expect.stringMatching(/^[0-9a-f]{64}$/),
    name: "k3d-demo",
    driver: "bridge",
    labels: { app: "k3d", "k3d.cluster": "demo" },
    subnets: [{ subnet: "10.123.7.0/24", gateway: "10.123.7.1", dynamicRange: "10.123.7.128/25" }],
    allowsStaticIp: true,
  });
  expect(standard).toMatchObject({ name: "podman", labels: {} });
});

it("knows that no address can be chosen where another server gives them out", () => {
  const json: NetworkJson = {
    name: "lan",
    id: "1",
    driver: "macvlan",
    subnets: [{ subnet: "10.0.0.0/24" }],
    ipam_options: { driver: "dhcp" },
  };
  expect(networkInfo(json).allowsStaticIp).toBe(false);
  expect(networkInfo({ ...json, subnets: null }).allowsStaticIp).toBe(false);
});

describe("rangeToCidr", () => {
  it.each([
    ["10.123.0.129", "10.123.0.255", "10.123.0.128/25"],
    ["10.123.0.1", "10.123.0.254", "10.123.0.0/24"],
    ["192.168.4.0", "192.168.7.255", "192.168.4.0/22"],
    ["10.0.0.5", "10.0.0.5", "10.0.0.5/32"],
    ["1.0.0.0", "255.0.0.0", "0.0.0.0/0"],
    ["fd00:28:0:0:8000::", "fd00:28::ffff:ffff:ffff:ffff", "fd00:28:0:0:8000::/65"],
    ["fd00:28:0:0:8000::1", "fd00:28::ffff:ffff:ffff:ffff", "fd00:28:0:0:8000::/65"],
    ["fd00::5", "fd00::5", "fd00::5/128"],
  ])("%s to %s is in %s", (first, last, cidr) => {
    expect(rangeToCidr(first, last)).toBe(cidr);
  });

  it.each([
    ["fd00::1", "10.0.0.5"],
    ["fd00::1", "fd00::x"],
    ["x", "10.0.0.1"],
    ["10.0.0.256", "10.0.0.1"],
  ])("%s to %s is none", (first, last) => {
    expect(rangeToCidr(first, last)).toBeUndefined();
  });

  it("finds any CIDR again from its first usable and last address", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.nat(0xffffffff), (prefix, seed) => {
        const size = 2 ** (32 - prefix);
        const network = Math.floor(seed / size) * size;
        const text = (address: number): string =>
          [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
        expect(rangeToCidr(text(network + 1), text(network + size - 1))).toBe(
          `${text(network)}/${prefix}`,
        );
      }),
    );
  });
});
