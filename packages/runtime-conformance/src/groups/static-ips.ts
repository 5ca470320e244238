import { programs } from "../programs.js";
import type { Scope } from "../scope.js";
import type { Suite } from "../suite.js";

/** Fixed addresses, and automatic ones kept apart from them. */
export function staticIps(suite: Suite): void {
  const { expect } = suite;
  const needs = ["staticIp"] as const;

  suite.test(
    "a container gets the address asked for, and keeps it over stop and start",
    async (scope) => {
      const { network, address } = await subnetOf(scope);
      const name = await scope.create({ networks: [{ name: network, ipv4Address: address(7) }] });
      expect((await scope.runtime.containers.inspect(name)).networks[0]).toMatchObject({
        ipv4Address: address(7),
        fixedIpv4Address: address(7),
      });
      for (let round = 0; round < 2; round++) {
        await scope.runtime.containers.start(name);
        expect((await scope.runtime.containers.inspect(name)).networks[0]?.ipv4Address).toBe(
          address(7),
        );
        await scope.runtime.containers.stop(name);
      }
      const { spec } = await scope.runtime.containers.inspect(name);
      expect(spec.networks).toEqual([{ name: network, ipv4Address: address(7) }]);
    },
    { needs: [...needs] },
  );

  suite.test(
    "an address that a running container holds is ADDRESS_IN_USE, and free again after it",
    async (scope) => {
      const { network, address } = await subnetOf(scope);
      const networks = [{ name: network, ipv4Address: address(8) }];
      const holder = await scope.start({ networks });
      let late: string | undefined;
      await suite.rejects(
        (async () => {
          late = await scope.create({ networks });
          await scope.runtime.containers.start(late);
        })(),
        "ADDRESS_IN_USE",
      );
      await scope.runtime.containers.remove(holder, { force: true });
      late ??= await scope.create({ networks });
      await scope.runtime.containers.start(late);
      expect((await scope.runtime.containers.inspect(late)).networks[0]?.ipv4Address).toBe(
        address(8),
      );
    },
    { needs: [...needs] },
  );

  suite.test(
    "automatic addresses come from the dynamic range, fixed ones from outside of it",
    async (scope) => {
      const { network, address, upperHalf, isUpper } = await subnetOf(scope, true);
      const info = await scope.runtime.networks.inspect(network);
      expect(info.subnets[0]?.dynamicRange).toBe(upperHalf);
      expect(info.subnets[0]?.gateway).toBe(address(1));
      const fixed = await scope.start({ networks: [{ name: network, ipv4Address: address(3) }] });
      const automatic = await Promise.all(
        [1, 2, 3].map(() => scope.start({ networks: [{ name: network }] })),
      );
      expect((await scope.runtime.containers.inspect(fixed)).networks[0]?.ipv4Address).toBe(
        address(3),
      );
      for (const name of automatic) {
        const { networks } = await scope.runtime.containers.inspect(name);
        expect(networks[0]?.fixedIpv4Address).toBeUndefined();
        expect(isUpper(networks[0]?.ipv4Address ?? ""), networks[0]?.ipv4Address).toBe(true);
      }
    },
    { needs: [...needs, "dynamicRange"] },
  );

  suite.test(
    "connect gives the address asked for",
    async (scope) => {
      const { network, address } = await subnetOf(scope);
      const first = await scope.network();
      const name = await scope.start({ networks: [{ name: first.name }] });
      await scope.runtime.networks.connect(network, name, { ipv4Address: address(11) });
      const { networks } = await scope.runtime.containers.inspect(name);
      expect(networks.find((attached) => attached.name === network)?.ipv4Address).toBe(address(11));
    },
    { needs: [...needs, "multipleNetworks"] },
  );

  suite.test(
    "a network says whether fixed addresses can be asked for",
    async (scope) => {
      const { network } = await subnetOf(scope);
      expect((await scope.runtime.networks.inspect(network)).allowsStaticIp).toBe(true);
      const chosen = await scope.network();
      if (chosen.allowsStaticIp) {
        const address = (chosen.subnets[0]?.subnet ?? "").replace(/\.\d+\/\d+$/, ".77");
        const name = await scope.start({ networks: [{ name: chosen.name, ipv4Address: address }] });
        expect((await scope.runtime.containers.inspect(name)).networks[0]?.ipv4Address).toBe(
          address,
        );
      }
    },
    { needs: [...needs] },
  );

  suite.test(
    "containers reach a fixed address",
    async (scope) => {
      const { network, address } = await subnetOf(scope);
      const server = await scope.start({
        args: programs.serve(8080, "fixed"),
        networks: [{ name: network, ipv4Address: address(12) }],
      });
      const client = await scope.start({ networks: [{ name: network }] });
      for await (const attempt of attempts(() =>
        scope.run(client, programs.fetch(address(12), 8080)),
      )) {
        if (attempt.stdout === "fixed\n") return;
      }
      throw new Error(`${server} does not answer at ${address(12)}`);
    },
    { needs: [...needs] },
  );
}

async function* attempts<T>(run: () => Promise<T>): AsyncGenerator<T> {
  const deadline = Date.now() + 15_000;
  while (Date.now() < deadline) yield await run();
}

interface Subnet {
  /** Name of the network. */
  network: string;
  /** The address with this last number. */
  address(last: number): string;
  upperHalf: string;
  isUpper(address: string): boolean;
}

/** A network with a /24 that is free on the engine. */
async function subnetOf(scope: Scope, withRange = false): Promise<Subnet> {
  const prefix = (await scope.freeSubnet()).split(".").slice(0, 3).join(".");
  const upperHalf = `${prefix}.128/25`;
  const { name } = await scope.network({
    subnet: `${prefix}.0/24`,
    ...(withRange ? { dynamicRange: upperHalf } : {}),
  });
  return {
    network: name,
    address: (last) => `${prefix}.${last}`,
    upperHalf,
    isUpper: (address) => address.startsWith(`${prefix}.`) && Number(address.split(".")[3]) >= 128,
  };
}
