import { eventually } from "../poll.js";
import { programs } from "../programs.js";
import type { Suite } from "../suite.js";

const PORT = 8080;

/** Networks, members and names. */
export function networks(suite: Suite): void {
  const { expect } = suite;

  suite.test("create makes a network with a subnet that the engine chose", async (scope) => {
    const network = await scope.network();
    expect(network.subnets[0]?.subnet).toMatch(/^\d+\.\d+\.\d+\.\d+\/\d+$/);
    expect(network.containers).toEqual([]);
    expect(await scope.runtime.networks.inspect(network.name)).toEqual(network);
    expect(await scope.runtime.networks.inspect(network.id)).toEqual(network);
  });

  suite.test(
    "subnet and gateway are as asked for; the gateway defaults to the first address",
    async (scope) => {
      const subnet = await scope.freeSubnet();
      const [a, b, c] = subnet.split(".");
      const network = await scope.network({ subnet });
      expect(network.subnets[0]?.subnet).toBe(subnet);
      expect(network.subnets[0]?.gateway).toBe(`${a}.${b}.${c}.1`);
      await scope.runtime.networks.remove(network.id);
      const chosen = await scope.network({ subnet, gateway: `${a}.${b}.${c}.9` });
      expect(chosen.subnets[0]?.gateway).toBe(`${a}.${b}.${c}.9`);
    },
  );

  suite.test("list has the network as inspect tells it", async (scope) => {
    const { containers: _, ...network } = await scope.network({ labels: { purpose: "list" } });
    expect(
      await scope.runtime.networks.list({ labels: { ...scope.labels, purpose: "list" } }),
    ).toEqual([network]);
  });

  suite.test("a name that is taken is NAME_IN_USE", async (scope) => {
    const network = await scope.network();
    await suite.rejects(
      scope.runtime.networks.create({ name: network.name, labels: scope.labels }),
      "NAME_IN_USE",
    );
    expect(await scope.runtime.networks.list({ labels: scope.labels })).toHaveLength(1);
  });

  suite.test(
    "a subnet that overlaps another network's is NETWORK_IN_USE and leaves nothing",
    async (scope) => {
      const subnet = await scope.freeSubnet();
      await scope.network({ subnet });
      await suite.rejects(scope.network({ subnet }), "NETWORK_IN_USE");
      expect(await scope.runtime.networks.list({ labels: scope.labels })).toHaveLength(1);
    },
  );

  suite.test("inspect tells the members and their addresses", async (scope) => {
    const network = await scope.network();
    const name = await scope.start({ networks: [{ name: network.name }] });
    const info = await scope.runtime.containers.inspect(name);
    const { containers } = await scope.runtime.networks.inspect(network.name);
    expect(containers).toEqual([{ id: info.id, name, ipv4Address: info.networks[0]?.ipv4Address }]);
    expect(info.networks[0]).toMatchObject({
      name: network.name,
      gateway: network.subnets[0]?.gateway,
    });
  });

  suite.test("remove refuses while containers are attached, running or not", async (scope) => {
    const network = await scope.network();
    const name = await scope.start({ networks: [{ name: network.name }] });
    await suite.rejects(scope.runtime.networks.remove(network.name), "NETWORK_IN_USE");
    await scope.runtime.containers.stop(name);
    await suite.rejects(scope.runtime.networks.remove(network.name), "NETWORK_IN_USE");
    await scope.runtime.containers.remove(name);
    await scope.runtime.networks.remove(network.name);
    await suite.rejects(scope.runtime.networks.inspect(network.name), "NOT_FOUND");
  });

  suite.test(
    "containers reach each other by name and alias",
    async (scope) => {
      const network = await scope.network();
      const server = await scope.start({
        args: programs.serve(PORT, "pong"),
        networks: [{ name: network.name, aliases: ["the-alias"] }],
      });
      const client = await scope.start({ networks: [{ name: network.name }] });
      for (const host of [server, "the-alias"]) {
        expect(
          await eventually(
            async () => (await scope.output(client, programs.fetch(host, PORT))) || undefined,
          ),
        ).toBe("pong");
      }
    },
    { needs: ["dns"] },
  );

  suite.test("containers of different networks do not find each other", async (scope) => {
    const [one, other] = [await scope.network(), await scope.network()];
    const server = await scope.start({
      args: programs.serve(PORT, "pong"),
      networks: [{ name: one.name }],
    });
    const client = await scope.start({ networks: [{ name: other.name }] });
    expect((await scope.run(client, programs.fetch(server, PORT))).stdout).toBe("");
  });

  suite.test(
    "a container joins several networks at its creation",
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
        await eventually(
          async () => (await scope.output(client, programs.fetch("late-alias", PORT))) || undefined,
        ),
      ).toBe("joined");
      const { containers } = await scope.runtime.networks.inspect(second.id);
      expect(containers.map(({ name }) => name).toSorted()).toEqual([client, server].toSorted());
    },
    { needs: ["multipleNetworks", "dns"] },
  );

  suite.test(
    "disconnect detaches a running container, and doing so again is no error",
    async (scope) => {
      const [first, second] = [await scope.network(), await scope.network()];
      const name = await scope.start({ networks: [{ name: first.name }] });
      await scope.runtime.networks.connect(second.name, name);
      await scope.runtime.networks.disconnect(second.name, name);
      await scope.runtime.networks.disconnect(second.name, name);
      expect(
        (await scope.runtime.containers.inspect(name)).networks.map((network) => network.name),
      ).toEqual([first.name]);
      await scope.runtime.networks.remove(second.id);
    },
    { needs: ["multipleNetworks"] },
  );
}
