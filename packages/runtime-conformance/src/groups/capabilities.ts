import { Readable } from "node:stream";
import { CAPABILITY_NEEDS, type CapabilityName } from "@k3d/core/runtime";
import type { Scope } from "../scope.js";
import type { Suite } from "../suite.js";

type Use = (scope: Scope) => Promise<unknown>;

/**
 * What is refused where a capability is missing; nothing where its lack costs only what was asked
 * for. That one which is declared is there, the tests of the other groups show.
 */
const REFUSED: Record<CapabilityName, Use | undefined> = {
  staticIp: async (scope) => {
    const { name } = await scope.network();
    return scope.create({ networks: [{ name, ipv4Address: "10.99.0.9" }] });
  },
  dynamicRange: (scope) =>
    scope.network({ subnet: "10.99.0.0/24", dynamicRange: "10.99.0.128/25" }),
  ipv6: (scope) => scope.network({ ipv6: { subnet: "fd00:99::/64" } }),
  ipv6Loopback: (scope) =>
    scope.create({ ports: [{ containerPort: 8080, protocol: "tcp", hostIp: "::1" }] }),
  dns: undefined,
  memoryLimit: undefined,
  rlimits: undefined,
  gpus: undefined,
  restartPolicy: undefined,
  restartAfterBoot: undefined,
  localBindMounts: undefined,
  archiveOwners: undefined,
  pause: async (scope) => scope.runtime.containers.pause(await scope.create()),
  imagePull: ({ runtime, busybox }) => runtime.images.pull(busybox),
  imageArchive: ({ runtime }) => runtime.images.load(Readable.from([Buffer.alloc(1024)])),
  volumes: (scope) =>
    scope.create({ mounts: [{ type: "volume", source: "data", destination: "/data" }] }),
  mountModes: (scope) =>
    scope.create({
      mounts: [{ type: "bind", source: "/tmp", destination: "/data", options: ["O"] }],
    }),
  hostNetwork: (scope) => scope.create({ hostNetwork: true }),
  multipleNetworks: async (scope) => {
    const [one, two] = await Promise.all([scope.network(), scope.network()]);
    return scope.create({ networks: [{ name: one.name }, { name: two.name }] });
  },
  portPublishing: (scope) => scope.create({ ports: [{ containerPort: 8080, protocol: "tcp" }] }),
  privileged: (scope) => scope.create({ privileged: true }),
  rename: async (scope) =>
    scope.runtime.containers.rename(await scope.create(), scope.unused("renamed")),
  stats: async (scope) => scope.runtime.containers.stats(await scope.create()),
  machineGroups: undefined,
  networkOverMachines: (scope) => scope.network({ overMachines: true }),
};

/** What a runtime declares, and that it refuses what it does not. */
export function capabilities(suite: Suite): void {
  const { expect } = suite;
  const names = Object.keys(CAPABILITY_NEEDS) as CapabilityName[];

  suite.test("each capability of the contract is declared, and no other", async ({ runtime }) => {
    const declared = await runtime.capabilities;
    expect(Object.keys(declared).toSorted()).toEqual(names.toSorted());
    for (const [name, value] of Object.entries(declared)) expect(value, name).toBeTypeOf("boolean");
    expect(await runtime.capabilities).toEqual(declared);
  });

  suite.test("what needs a capability that is missing is UNSUPPORTED", async (scope) => {
    const declared = await scope.runtime.capabilities;
    for (const name of names) {
      const use = declared[name] ? undefined : REFUSED[name];
      if (use === undefined) continue;
      await suite.rejects(use(scope), "UNSUPPORTED").catch((error: Error) => {
        throw new Error(`${name}: ${error.message}`, { cause: error });
      });
    }
  });
}
