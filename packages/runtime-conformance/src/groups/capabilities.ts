import { Readable } from "node:stream";
import { CAPABILITY_NEEDS, type CapabilityName } from "@k3d/core/runtime";
import type { Scope } from "../scope.js";
import type { Suite } from "../suite.js";

/** What a capability promises, where a call shows it. */
interface CapabilityPromise {
  /** Works where the capability is there. */
  use?: (scope: Scope) => Promise<unknown>;
  /** `UNSUPPORTED` where it is not. */
  lacks?: (scope: Scope) => Promise<unknown>;
}

const PROMISES: Record<CapabilityName, CapabilityPromise> = {
  staticIp: {
    lacks: async (scope) => {
      const { name } = await scope.network();
      return scope.create({ networks: [{ name, ipv4Address: "10.99.0.9" }] });
    },
  },
  dynamicRange: {
    lacks: (scope) => scope.network({ subnet: "10.99.0.0/24", dynamicRange: "10.99.0.128/25" }),
  },
  dns: {},
  pause: {
    use: async (scope) => scope.runtime.containers.pause(await scope.start()),
    lacks: async (scope) => scope.runtime.containers.pause(await scope.create()),
  },
  memoryLimit: {
    use: (scope) => scope.start({ linux: { resources: { memory: { limit: 64 * 1024 * 1024 } } } }),
  },
  rlimits: {},
  gpus: {},
  restartPolicy: { use: (scope) => scope.start({ restartPolicy: { name: "always" } }) },
  restartAfterBoot: {},
  imagePull: { lacks: ({ runtime, busybox }) => runtime.images.pull(busybox) },
  imageArchive: {
    use: async ({ runtime, busybox }) => (await runtime.images.save([busybox])).destroy(),
    lacks: ({ runtime }) => runtime.images.load(Readable.from([Buffer.alloc(1024)])),
  },
  volumes: {
    use: (scope) => scope.volume(),
    lacks: (scope) =>
      scope.create({ mounts: [{ type: "volume", source: "data", destination: "/data" }] }),
  },
  hostNetwork: {
    use: (scope) => scope.start({ hostNetwork: true }),
    lacks: (scope) => scope.create({ hostNetwork: true }),
  },
  multipleNetworks: {
    use: async (scope) => {
      const [one, two] = await Promise.all([scope.network(), scope.network()]);
      await scope.start({ networks: [{ name: one.name }, { name: two.name }] });
    },
    lacks: async (scope) => {
      const [one, two] = await Promise.all([scope.network(), scope.network()]);
      return scope.create({ networks: [{ name: one.name }, { name: two.name }] });
    },
  },
  portPublishing: {
    use: async (scope) => {
      const { name: network } = await scope.network();
      const name = await scope.start({
        networks: [{ name: network }],
        ports: [{ containerPort: 8080, protocol: "tcp", hostIp: "127.0.0.1" }],
      });
      const { ports } = await scope.runtime.containers.inspect(name);
      if (!ports[0]?.hostPort) throw new Error("no port was published");
    },
    lacks: (scope) => scope.create({ ports: [{ containerPort: 8080, protocol: "tcp" }] }),
  },
  privileged: {
    use: (scope) => scope.start({ privileged: true }),
    lacks: (scope) => scope.create({ privileged: true }),
  },
  rename: {
    use: async (scope) => scope.runtime.containers.rename(await scope.create(), scope.name()),
    lacks: async (scope) => scope.runtime.containers.rename(await scope.create(), scope.name()),
  },
  stats: {
    use: async (scope) => scope.runtime.containers.stats(await scope.start()),
    lacks: async (scope) => scope.runtime.containers.stats(await scope.create()),
  },
  localBindMounts: {
    use: (scope) => scope.start({ mounts: [{ type: "bind", source: "/", destination: "/host" }] }),
  },
};

/** That a runtime can do what it declares, and refuses what it does not. */
export function capabilities(suite: Suite): void {
  const { expect } = suite;
  const names = Object.keys(CAPABILITY_NEEDS) as CapabilityName[];

  suite.test("each capability of the contract is declared, and no other", async ({ runtime }) => {
    const declared = await runtime.capabilities;
    expect(Object.keys(declared).toSorted()).toEqual(names.toSorted());
    for (const [name, value] of Object.entries(declared)) expect(value, name).toBeTypeOf("boolean");
    expect(await runtime.capabilities).toEqual(declared);
  });

  for (const name of names) {
    suite.test(`${name} is kept, or refused where it is missing`, async (scope) => {
      const declared = (await scope.runtime.capabilities)[name];
      const { use, lacks } = PROMISES[name];
      if (declared) await use?.(scope);
      else if (lacks) await suite.rejects(lacks(scope), "UNSUPPORTED");
    });
  }
}
