import { programs } from "../programs.js";
import type { Suite } from "../suite.js";

const PORT = 8080;

/** Networks, members and names. */
export function networks(suite: Suite): void {
  const { expect } = suite;

  suite.test(
    "create makes a network with a subnet that the engine chose, as inspect and list tell it; its name is taken then",
    async (scope) => {
      const { networks: operations } = scope.runtime;
      const network = await scope.network({ labels: { purpose: "list" } });
      expect(network.subnets[0]?.subnet).toMatch(/^\d+\.\d+\.\d+\.\d+\/\d+$/);
      expect(network.labels.purpose).toBe("list");
      expect(network.containers).toEqual([]);
      expect(await operations.inspect(network.name)).toEqual(network);
      expect(await operations.inspect(network.id)).toEqual(network);
      await suite.rejects(
        operations.create({ name: network.name, labels: scope.labels }),
        "NAME_IN_USE",
      );
      const { containers: _, ...listed } = network;
      expect(await operations.list({ labels: scope.labels })).toEqual([listed]);
    },
  );

  suite.test(
    "subnet and gateway are as asked for; the gateway defaults to the first address; a subnet that overlaps is NETWORK_IN_USE and leaves nothing",
    async (scope) => {
      const subnet = await scope.freeSubnet();
      const [a, b, c] = subnet.split(".");
      const network = await scope.network({ subnet });
      expect(network.subnets[0]?.subnet).toBe(subnet);
      expect(network.subnets[0]?.gateway).toBe(`${a}.${b}.${c}.1`);
      await suite.rejects(scope.network({ subnet }), "NETWORK_IN_USE");
      expect(await scope.runtime.networks.list({ labels: scope.labels })).toHaveLength(1);
      await scope.runtime.networks.remove(network.id);
      const chosen = await scope.network({ subnet, gateway: `${a}.${b}.${c}.9` });
      expect(chosen.subnets[0]?.gateway).toBe(`${a}.${b}.${c}.9`);
    },
  );

  suite.test("a subnet that is told as free can be had", async (scope) => {
    const { freeSubnet } = scope.runtime.networks;
    if (freeSubnet === undefined) return;
    // Somebody else may take it in between, not time and again.
    const made = await scope.eventually(async () => {
      const subnet = await scope.runtime.networks.freeSubnet?.();
      if (subnet === undefined) return [];
      return scope.network({ subnet }).then(
        ({ subnets }) => [subnet, subnets[0]?.subnet],
        () => undefined,
      );
    });
    expect(made[0]).toBe(made[1]);
  });

  suite.test(
    "inspect tells the members and their addresses; remove refuses while they are attached, running or not",
    async (scope) => {
      const network = await scope.network();
      const name = await scope.start({ networks: [{ name: network.name }] });
      const info = await scope.runtime.containers.inspect(name);
      const { containers } = await scope.runtime.networks.inspect(network.name);
      expect(containers).toEqual([
        { id: info.id, name, ipv4Address: info.networks[0]?.ipv4Address },
      ]);
      expect(info.networks[0]).toMatchObject({
        name: network.name,
        gateway: network.subnets[0]?.gateway,
      });
      await suite.rejects(scope.runtime.networks.remove(network.name), "NETWORK_IN_USE");
      await scope.runtime.containers.stop(name);
      await suite.rejects(scope.runtime.networks.remove(network.name), "NETWORK_IN_USE");
      await scope.runtime.containers.remove(name);
      await scope.runtime.networks.remove(network.name);
      await suite.rejects(scope.runtime.networks.inspect(network.name), "NOT_FOUND");
    },
  );

  suite.test(
    "containers of a network reach each other by name and alias, those of another do not find them",
    async (scope) => {
      const [network, other] = [await scope.network(), await scope.network()];
      const server = await scope.start({
        args: programs.serve(PORT, "pong"),
        networks: [{ name: network.name, aliases: ["the-alias"] }],
      });
      const client = await scope.start({ networks: [{ name: network.name }] });
      for (const host of [server, "the-alias"]) {
        expect(
          await scope.eventually(
            async () => (await scope.output(client, programs.fetch(host, PORT))) || undefined,
          ),
        ).toBe("pong");
      }
      const stranger = await scope.start({ networks: [{ name: other.name }] });
      expect((await scope.run(stranger, programs.fetch(server, PORT))).stdout).toBe("");
    },
    { needs: ["dns"] },
  );

  suite.test(
    "a container joins several networks at its creation; disconnect detaches a running one, and doing so again is no error",
    async (scope) => {
      const [one, other] = [await scope.network(), await scope.network()];
      const name = await scope.start({
        networks: [{ name: one.name }, { name: other.name, aliases: ["second"] }],
      });
      const info = await scope.runtime.containers.inspect(name);
      expect(info.networks.map((network) => network.name).toSorted()).toEqual(
        [one.name, other.name].toSorted(),
      );
      expect(info.spec.networks[0]?.name).toBe(one.name);
      for (const network of info.networks)
        expect(network.ipv4Address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      await scope.runtime.networks.disconnect(other.name, name);
      await scope.runtime.networks.disconnect(other.name, name);
      const left = await scope.runtime.containers.inspect(name);
      expect(left.networks.map((network) => network.name)).toEqual([one.name]);
      await scope.runtime.networks.remove(other.id);
    },
    { needs: ["multipleNetworks"] },
  );

  suite.test(
    "connect attaches a running container, with a name of its own, and doing so again is no error",
    async (scope) => {
      const [first, second] = [await scope.network(), await scope.network()];
      const server = await scope.start({
        args: programs.serve(PORT, "joined"),
        networks: [{ name: first.name }],
      });
      const client = await scope.start({ networks: [{ name: second.name }] });
      await scope.runtime.networks.connect(second.name, server, { aliases: ["late-alias"] });
      await scope.runtime.networks.connect(second.name, server);
      expect(
        await scope.eventually(
          async () => (await scope.output(client, programs.fetch("late-alias", PORT))) || undefined,
        ),
      ).toBe("joined");
      const { containers } = await scope.runtime.networks.inspect(second.id);
      expect(containers.map(({ name }) => name).toSorted()).toEqual([client, server].toSorted());
      await scope.runtime.networks.disconnect(second.name, server);
      expect((await scope.runtime.networks.inspect(second.id)).containers).toEqual([
        expect.objectContaining({ name: client }),
      ]);
    },
    { needs: ["multipleNetworks", "dns"] },
  );
}
