import { programs } from "../programs.js";
import type { Scope } from "../scope.js";
import type { Suite } from "../suite.js";

/** Fixed addresses, and automatic ones kept apart from them. */
export function staticIps(suite: Suite): void {
  const { expect } = suite;
  const needs = ["staticIp"] as const;

  suite.test(
    "a container gets the address asked for, is reached there, and keeps it over stop and start",
    async (scope) => {
      const { containers, networks } = scope.runtime;
      const { network, address } = await subnetOf(scope);
      expect((await networks.inspect(network)).allowsStaticIp).toBe(true);
      const name = await scope.create({
        args: programs.serve(8080, "fixed"),
        networks: [{ name: network, ipv4Address: address(7) }],
      });
      expect((await containers.inspect(name)).networks[0]).toMatchObject({
        ipv4Address: address(7),
        fixedIpv4Address: address(7),
      });
      await containers.start(name);
      const client = await scope.start({ networks: [{ name: network }] });
      const answered = async (): Promise<true | undefined> =>
        (await scope.run(client, programs.fetch(address(7), 8080))).stdout === "fixed\n" ||
        undefined;
      await scope.eventually(answered);
      await containers.stop(name, { timeoutSeconds: 1 });
      await containers.start(name);
      const { spec, networks: attached } = await containers.inspect(name);
      expect(attached[0]?.ipv4Address).toBe(address(7));
      expect(spec.networks).toEqual([{ name: network, ipv4Address: address(7) }]);
      await scope.eventually(answered);
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
    "a network whose subnet the engine chose says whether fixed addresses can be asked for",
    async (scope) => {
      const chosen = await scope.network();
      const address = (chosen.subnets[0]?.subnet ?? "").replace(/\.\d+\/\d+$/, ".77");
      const starting = scope.start({ networks: [{ name: chosen.name, ipv4Address: address }] });
      if (!chosen.allowsStaticIp) {
        await expect(starting).rejects.toMatchObject({ name: "K3dError" });
        return;
      }
      const { networks } = await scope.runtime.containers.inspect(await starting);
      expect(networks[0]?.ipv4Address).toBe(address);
    },
    { needs: [...needs] },
  );
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
