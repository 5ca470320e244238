import { randomBytes } from "node:crypto";
import { networkInterfaces } from "node:os";
import { programs } from "../programs.js";
import type { Scope } from "../scope.js";
import type { Suite } from "../suite.js";
import { answerAt, freePort } from "./ports.js";

const INSIDE = 8080;

/** Networks of both address families. */
export function ipv6(suite: Suite): void {
  const { expect } = suite;
  const needs = ["ipv6"] as const;

  loopback(suite);

  suite.test(
    "a network has the IPv6 subnet asked for beside an IPv4 one, as inspect and list tell it; the gateway defaults to the first address; one that overlaps is NETWORK_IN_USE",
    async (scope) => {
      const { networks } = scope.runtime;
      const subnet = freeSubnet();
      const made = await scope.network({ ipv6: { subnet } });
      const listed = (await networks.list({ labels: scope.labels })).map(({ subnets }) => subnets);
      for (const subnets of [made.subnets, (await networks.inspect(made.id)).subnets, ...listed]) {
        expect(subnets).toHaveLength(2);
        expect(subnets).toContainEqual(
          expect.objectContaining({ subnet, gateway: subnet.replace("::/64", "::1") }),
        );
        expect(subnets.some((other) => /^\d+\.\d+\.\d+\.\d+\/\d+$/.test(other.subnet))).toBe(true);
      }
      await suite.rejects(scope.network({ ipv6: { subnet } }), "NETWORK_IN_USE");
    },
    { needs: [...needs] },
  );

  suite.test(
    "a container has an address of each family, as inspect, list and the network tell them; on a network of IPv4 it has none of IPv6",
    async (scope) => {
      const { containers, networks } = scope.runtime;
      const subnet = freeSubnet();
      const { name: network } = await scope.network({ ipv6: { subnet } });
      const plain = await scope.network();
      const name = await scope.start({ networks: [{ name: network }] });
      const other = await scope.start({ networks: [{ name: plain.name }] });
      const info = await containers.inspect(name);
      const [attached] = info.networks;
      expect(attached?.ipv4Address).toMatch(/^\d+\./);
      expect(attached?.ipv6Address?.startsWith(subnet.replace("/64", ""))).toBe(true);
      expect(attached?.fixedIpv6Address).toBeUndefined();
      expect(info.spec.networks).toEqual([{ name: network }]);
      const listed = await containers.list({ labels: scope.labels });
      const { ipv4Address, ipv6Address } = attached ?? {};
      expect(listed.find((one) => one.name === name)?.networks).toEqual([
        expect.objectContaining({ name: network, ipv4Address, ipv6Address }),
      ]);
      expect((await networks.inspect(network)).containers).toEqual([
        { id: info.id, name, ipv4Address, ipv6Address },
      ]);
      expect((await containers.inspect(other)).networks[0]?.ipv6Address).toBeUndefined();
    },
    { needs: [...needs] },
  );

  suite.test(
    "a container gets the addresses of both families asked for, is reached there by others, and keeps them over stop and start",
    async (scope) => {
      const { containers } = scope.runtime;
      const { network, attachment } = await dualNetwork(scope);
      const asked = attachment(7);
      const name = await scope.start({
        args: programs.serve(INSIDE, "fixed"),
        networks: [{ name: network, ...asked }],
      });
      const client = await scope.start({ networks: [{ name: network }] });
      const answered = async (): Promise<true | undefined> =>
        (await scope.run(client, programs.fetch(asked.ipv6Address, INSIDE))).stdout === "fixed\n" ||
        undefined;
      for (const times of [1, 2]) {
        const { spec, networks } = await containers.inspect(name);
        expect(networks[0], `start ${times}`).toMatchObject({
          ...asked,
          fixedIpv4Address: asked.ipv4Address,
          fixedIpv6Address: asked.ipv6Address,
        });
        expect(spec.networks).toEqual([{ name: network, ...asked }]);
        await scope.eventually(answered);
        await containers.stop(name, { timeoutSeconds: 1 });
        await containers.start(name);
      }
    },
    { needs: [...needs, "staticIp"] },
  );

  suite.test(
    "automatic IPv6 addresses come from the dynamic range, fixed ones from outside of it; an address that a container holds is ADDRESS_IN_USE",
    async (scope) => {
      const { containers, networks } = scope.runtime;
      const { network, attachment, upperHalf } = await dualNetwork(scope);
      expect((await networks.inspect(network)).subnets).toContainEqual(
        expect.objectContaining({ dynamicRange: upperHalf }),
      );
      await scope.start({ networks: [{ name: network, ...attachment(3) }] });
      const automatic = await scope.start({ networks: [{ name: network }] });
      const address = (await containers.inspect(automatic)).networks[0]?.ipv6Address;
      expect(address?.startsWith(upperHalf.replace("8000::/66", ""))).toBe(true);
      const { ipv6Address } = attachment(3);
      await suite.rejects(
        (async () => {
          await scope.start({ networks: [{ name: network, ...attachment(4), ipv6Address }] });
        })(),
        "ADDRESS_IN_USE",
      );
    },
    { needs: [...needs, "staticIp", "dynamicRange"] },
  );

  suite.test(
    "connect gives the address asked for",
    async (scope) => {
      const { network, attachment } = await dualNetwork(scope);
      const first = await scope.network();
      const name = await scope.start({ networks: [{ name: first.name }] });
      await scope.runtime.networks.connect(network, name, attachment(11));
      const { networks } = await scope.runtime.containers.inspect(name);
      expect(networks.find((attached) => attached.name === network)).toMatchObject(attachment(11));
    },
    { needs: [...needs, "staticIp", "multipleNetworks"] },
  );

  suite.test(
    "a published port is reached at addresses of the host of both families",
    async (scope) => {
      const hostPort = await freePort();
      const subnet = freeSubnet();
      const { name: network } = await scope.network({ ipv6: { subnet } });
      const published = { containerPort: INSIDE, protocol: "tcp" as const, hostPort };
      const name = await scope.start({
        args: programs.serve(INSIDE, "published"),
        ports: [published],
        networks: [{ name: network }],
      });
      expect(await answerAt(scope, hostPort)).toBe("published\n");
      // A kernel that translates addresses does so for none of loopback.
      const gateway = subnet.replace("::/64", "::1");
      const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
      const there = own.some(({ address }) => address === gateway) ? gateway : "::1";
      expect(await answerAt(scope, hostPort, there)).toBe("published\n");
      expect((await scope.runtime.containers.inspect(name)).ports).toEqual([published]);
    },
    { needs: [...needs, "portPublishing", "localBindMounts"] },
  );
}

/** Ports at IPv6's loopback, on networks of either family. */
function loopback(suite: Suite): void {
  suite.test(
    "a port published at ::1 is reached there",
    async (scope) => {
      const hostPort = await freePort();
      const bound = { containerPort: INSIDE, protocol: "tcp" as const, hostPort, hostIp: "::1" };
      const name = await scope.start({ args: programs.serve(INSIDE, "local"), ports: [bound] });
      suite.expect(await answerAt(scope, hostPort, "::1")).toBe("local\n");
      suite.expect((await scope.runtime.containers.inspect(name)).ports).toEqual([bound]);
    },
    { needs: ["ipv6Loopback", "portPublishing", "localBindMounts"] },
  );
}

/** A /64 of unique local addresses, by chance: nobody else has it. */
function freeSubnet(): string {
  const groups = [...randomBytes(4)].map((byte) => (byte | 0x11).toString(16));
  return `fd${groups[0]}:${groups[1]}${groups[2]}:${groups[3]}::/64`;
}

interface DualNetwork {
  /** Its name. */
  network: string;
  /** The addresses with this last number. */
  attachment(last: number): { ipv4Address: string; ipv6Address: string };
  /** Where its automatic IPv6 addresses come from. */
  upperHalf: string;
}

/** A network of both families with subnets of our own; automatic addresses kept apart where the engine can. */
async function dualNetwork(scope: Scope): Promise<DualNetwork> {
  const prefix = (await scope.freeSubnet()).split(".").slice(0, 3).join(".");
  const ranged = (await scope.runtime.capabilities).dynamicRange;
  const subnet = freeSubnet();
  const base = subnet.replace("::/64", "");
  const upperHalf = `${base}:0:8000::/66`;
  const { name } = await scope.network({
    subnet: `${prefix}.0/24`,
    ipv6: { subnet, ...(ranged ? { gateway: `${base}::1`, dynamicRange: upperHalf } : {}) },
    ...(ranged ? { dynamicRange: `${prefix}.128/25` } : {}),
  });
  return {
    network: name,
    attachment: (last) => ({
      ipv4Address: `${prefix}.${last}`,
      ipv6Address: `${base}::${last.toString(16)}`,
    }),
    upperHalf,
  };
}
