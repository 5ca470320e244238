import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readlink } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { holdPorts, type HeldPorts } from "./published-ports.ts";

const open: HeldPorts[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((held) => held.release()));
});

async function hold(...ports: Parameters<typeof holdPorts>[0]): Promise<HeldPorts> {
  const held = await holdPorts(ports);
  open.push(held);
  return held;
}

describe.runIf(process.platform === "linux")("holdPorts", () => {
  it.each(["tcp", "udp"] as const)(
    "keeps a %s port from others until it is released",
    async (protocol) => {
      const held = await hold({ containerPort: 80, protocol });
      const hostPort = held.bindings[0]?.hostPort;
      expect(hostPort).toBeGreaterThan(0);
      await expect(
        holdPorts([{ containerPort: 81, protocol, hostPort: hostPort ?? 0 }]),
      ).rejects.toMatchObject({ code: "PORT_IN_USE" });
      await held.release();
      await hold({ containerPort: 81, protocol, hostPort: hostPort ?? 0 });
    },
  );

  it("hands out the descriptors of its sockets", async () => {
    const held = await hold(
      { containerPort: 80, protocol: "tcp" },
      { containerPort: 53, protocol: "udp", hostIp: "127.0.0.1" },
    );
    expect(held.fds).toHaveLength(2);
    for (const fd of held.fds) expect(await readlink(`/proc/self/fd/${fd}`)).toMatch(/^socket:/);
  });

  it.each(["tcp", "udp"] as const)("holds one %s port on several addresses", async (protocol) => {
    const first = await hold({ containerPort: 80, protocol, hostIp: "127.0.0.1" });
    const hostPort = first.bindings[0]?.hostPort ?? 0;
    const others = await hold(
      { containerPort: 80, protocol, hostIp: "127.0.0.2", hostPort },
      { containerPort: 80, protocol, hostIp: "127.0.0.3", hostPort },
    );
    const fds = [...first.fds, ...others.fds];
    const sockets = await Promise.all(fds.map((fd) => readlink(`/proc/self/fd/${fd}`)));
    expect(new Set(sockets).size).toBe(3);
  });

  it("notices the ports of other processes", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    try {
      const tcp = {
        containerPort: 1,
        protocol: "tcp" as const,
        hostPort: (server.address() as AddressInfo).port,
      };
      const udp = {
        containerPort: 1,
        protocol: "udp" as const,
        hostPort: socket.address().port,
        hostIp: "127.0.0.1",
      };
      await expect(holdPorts([tcp])).rejects.toMatchObject({ code: "PORT_IN_USE" });
      await expect(holdPorts([udp])).rejects.toMatchObject({ code: "PORT_IN_USE" });
    } finally {
      server.close();
      socket.close();
    }
  });

  it("keeps none when one cannot be had", async () => {
    const held = await hold({ containerPort: 80, protocol: "tcp" });
    const free = await holdPorts([{ containerPort: 80, protocol: "tcp" }]);
    await free.release();
    const wanted = free.bindings[0]?.hostPort ?? 0;
    const both = [
      { containerPort: 1, protocol: "tcp" as const, hostPort: wanted },
      { containerPort: 2, protocol: "tcp" as const, hostPort: held.bindings[0]?.hostPort ?? 0 },
    ];
    await expect(holdPorts(both)).rejects.toMatchObject({ code: "PORT_IN_USE" });
    await hold({ containerPort: 1, protocol: "tcp", hostPort: wanted });
  });

  it("refuses addresses of other machines, and sctp without a port", async () => {
    await expect(
      holdPorts([{ containerPort: 1, protocol: "tcp", hostIp: "192.0.2.1", hostPort: 1 }]),
    ).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await expect(holdPorts([{ containerPort: 1, protocol: "sctp" }])).rejects.toMatchObject({
      code: "UNSUPPORTED",
    });
  });
});
