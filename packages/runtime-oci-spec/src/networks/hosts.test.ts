import { describe, expect, it } from "vitest";
import { INITIAL_STATE, type ContainerRecord, type ContainerState } from "../store/records.ts";
import { formatHosts, networkEntries } from "./hosts.ts";

interface Member {
  record: ContainerRecord;
  state: ContainerState;
}

function member(
  name: string,
  networks: ContainerRecord["networks"],
  current: Record<string, string> = {},
  hostname?: string,
): Member {
  return {
    record: {
      id: name,
      name,
      imageId: "sha256:0",
      created: "2026-01-01T00:00:00Z",
      networks,
      anonymousVolumes: {},
      storage: { driver: "overlay" },
      spec: {
        name,
        image: "i",
        process: { env: [] },
        mounts: [],
        labels: {},
        linux: {},
        networks,
        ports: [],
        hostname,
      },
    },
    state: {
      ...INITIAL_STATE,
      interfaces: Object.entries(current).map(([network, ipv4Address]) => ({
        network,
        ipv4Address,
        interface: "eth0",
        primary: true,
        plugins: [],
      })),
    },
  };
}

describe("networkEntries", () => {
  it("knows the members of the own networks, and no others", () => {
    const self = member("a", [{ name: "n" }], { n: "10.0.0.2" }, "host-a");
    const neighbour = member("b", [{ name: "n", aliases: ["bee"] }, { name: "m" }], {
      n: "10.0.0.3",
      m: "10.1.0.3",
    });
    const stranger = member("c", [{ name: "m" }], { m: "10.1.0.4" });
    expect(networkEntries(self, [stranger, neighbour, self])).toEqual([
      { ip: "10.0.0.2", hostnames: ["host-a", "a"] },
      { ip: "10.0.0.3", hostnames: ["b", "bee"] },
    ]);
  });

  it("has those with fixed addresses also while they do not run", () => {
    const self = member("a", [{ name: "n" }], { n: "10.0.0.2" });
    const fixed = member("f", [{ name: "n", ipv4Address: "10.0.0.9" }]);
    const other = member("o", [{ name: "n" }]);
    expect(formatHosts(networkEntries(self, [self, fixed, other]))).toBe(
      "10.0.0.2\ta\n10.0.0.9\tf\n",
    );
  });
});
