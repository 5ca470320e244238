import { randomInt } from "node:crypto";
import { createConnection, createServer, type AddressInfo, type Server } from "node:net";
import { once } from "node:events";
import type { PortBinding } from "@k3d/core/runtime";
import { programs } from "../programs.js";
import { text, type Scope } from "../scope.js";
import type { Suite } from "../suite.js";

const INSIDE = 8080;
const needs = ["portPublishing"] as const;

/** Published ports. */
export function ports(suite: Suite): void {
  const { expect } = suite;

  suite.test(
    "a published port is reached from outside, and inspect and list tell it; of a container that does not run inspect tells it from the spec",
    async (scope) => {
      const { containers } = scope.runtime;
      const hostPort = await freePort();
      const name = await scope.create({
        args: programs.serve(INSIDE, "published"),
        ports: [{ containerPort: INSIDE, protocol: "tcp", hostPort }],
      });
      const expected = [
        expect.objectContaining({ containerPort: INSIDE, protocol: "tcp", hostPort }),
      ];
      expect((await containers.inspect(name)).ports).toEqual(expected);
      await containers.start(name);
      expect(await answerAt(scope, hostPort)).toBe("published\n");
      expect((await containers.inspect(name)).ports).toEqual(expected);
      expect((await containers.list({ labels: scope.labels }))[0]?.ports).toEqual(expected);
    },
    { needs: [...needs] },
  );

  suite.test(
    "without a host port the engine picks a free one, hostIp binds to one address, and a port can be published for tcp and udp and several times",
    async (scope) => {
      const [local, one, other] = [await freePort(), await freePort(), await freePort()];
      const picked = { containerPort: INSIDE, protocol: "tcp" as const };
      const bound = {
        containerPort: 8081,
        protocol: "tcp" as const,
        hostIp: "127.0.0.1",
        hostPort: local,
      };
      const several = [
        { containerPort: 8082, protocol: "tcp" as const, hostPort: one },
        { containerPort: 8082, protocol: "udp" as const, hostPort: one },
        { containerPort: 8082, protocol: "tcp" as const, hostPort: other },
      ];
      const name = await scope.start({
        args: programs.serve(INSIDE, "picked"),
        ports: [picked, bound, ...several],
      });
      const { ports: found, spec } = await scope.runtime.containers.inspect(name);
      const of = (all: PortBinding[], wanted: number): PortBinding[] =>
        all.filter(({ containerPort }) => containerPort === wanted);
      // An engine may bind it on IPv4 and IPv6 addresses, each at a port of its own.
      const hostPort = of(found, INSIDE)[0]?.hostPort;
      expect(hostPort).toBeGreaterThan(0);
      expect(await answerAt(scope, hostPort ?? 0)).toBe("picked\n");
      expect(of(spec.ports, INSIDE)).toEqual([picked]);
      expect(of(found, 8081)).toEqual([bound]);
      const keys = (all: PortBinding[]): string[] =>
        of(all, 8082)
          .map((port) => `${port.hostPort}/${port.protocol}`)
          .toSorted();
      expect(keys(found)).toEqual(keys(several));
      expect(keys(spec.ports)).toEqual(keys(several));
    },
    { needs: [...needs] },
  );

  suite.test(
    "a port that another container holds is PORT_IN_USE; once it is free, the same container starts and is reached",
    async (scope) => {
      const hostPort = await freePort();
      const binding = [{ containerPort: INSIDE, protocol: "tcp" as const, hostPort }];
      const network = await scope.network();
      const holder = await scope.start({
        args: programs.serve(INSIDE, "holder"),
        ports: binding,
        networks: [{ name: network.name }],
      });
      const waiting = await scope.create({
        args: programs.serve(INSIDE, "successor"),
        ports: binding,
        networks: [{ name: network.name }],
      });
      await suite.rejects(scope.runtime.containers.start(waiting), "PORT_IN_USE");
      expect((await scope.runtime.containers.inspect(waiting)).status).not.toBe("running");
      expect(await answerAt(scope, hostPort)).toBe("holder\n");
      await scope.runtime.containers.remove(holder, { force: true });
      await scope.runtime.containers.start(waiting);
      expect(await answerAt(scope, hostPort)).toBe("successor\n");
      const info = await scope.runtime.containers.inspect(waiting);
      expect(info.networks[0]?.ipv4Address).toMatch(/^\d/);
    },
    { needs: [...needs] },
  );

  suite.test(
    "a port that another process on the machine holds is PORT_IN_USE",
    async (scope) => {
      const server = await listen();
      try {
        const hostPort = (server.address() as AddressInfo).port;
        const name = await scope.create({
          ports: [{ containerPort: INSIDE, protocol: "tcp", hostPort }],
        });
        await suite.rejects(scope.runtime.containers.start(name), "PORT_IN_USE");
        await closed(server);
        await scope.runtime.containers.start(name);
        expect((await scope.runtime.containers.inspect(name)).ports).toEqual([
          expect.objectContaining({ hostPort }),
        ]);
      } finally {
        await closed(server);
      }
    },
    { needs: [...needs, "localBindMounts"] },
  );

  suite.test(
    "a container that was stopped and started is reached as before; once it has stopped its port is free again",
    async (scope) => {
      const hostPort = await freePort();
      const network = await scope.network();
      // Keeps the network, and what the machine knows of its addresses.
      await scope.start({ networks: [{ name: network.name }] });
      const name = await scope.start({
        args: programs.serve(INSIDE, "restarted"),
        ports: [{ containerPort: INSIDE, protocol: "tcp", hostPort }],
        networks: [{ name: network.name }],
      });
      for (let times = 0; times < 3; times += 1) {
        expect(await answerAt(scope, hostPort)).toBe("restarted\n");
        await scope.runtime.containers.stop(name, { timeoutSeconds: 1 });
        await scope.runtime.containers.start(name);
      }
      expect(await answerAt(scope, hostPort)).toBe("restarted\n");
      await scope.runtime.containers.stop(name, { timeoutSeconds: 1 });
      await scope.start({
        args: programs.serve(INSIDE, "second"),
        ports: [{ containerPort: INSIDE, protocol: "tcp", hostPort }],
      });
      expect(await answerAt(scope, hostPort)).toBe("second\n");
    },
    { needs: [...needs] },
  );

  suite.test(
    "dial leads to what is published on the loopback of the engine's machine",
    async (scope) => {
      const dial = scope.runtime.dial?.bind(scope.runtime);
      if (dial === undefined) throw new Error("asked for although the runtime has no dial");
      const name = await scope.start({
        args: programs.serve(INSIDE, "dialled"),
        ports: [{ containerPort: INSIDE, protocol: "tcp", hostIp: "127.0.0.1" }],
      });
      const [published] = (await scope.runtime.containers.inspect(name)).ports;
      const address = { host: "127.0.0.1", port: published?.hostPort ?? 0 };
      const answer = await scope.eventually(async () => {
        const connection = await dial(address);
        return (await text(connection)) || undefined;
      });
      expect(answer).toBe("dialled\n");
      await scope.runtime.containers.stop(name, { timeoutSeconds: 1 });
      await suite.rejects(dial(address), "REMOTE_UNAVAILABLE");
    },
    { needs: [...needs, "dial"] },
  );
}

async function listen(port = 0): Promise<Server> {
  const server = createServer();
  server.listen(port, "0.0.0.0");
  await once(server, "listening");
  return server;
}

async function closed(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  await once(server, "close");
}

/** Below those that systems give to outgoing connections, and to whoever asks for any: nobody gets one by chance before it is used. */
const PORTS = { from: 20_000, to: 32_768 } as const;

const given = new Set<number>();

/** A TCP port of this machine that is free now, and was not told before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.to);
    if (given.has(port)) continue;
    const server = await listen(port).catch(() => undefined);
    if (server === undefined) continue;
    given.add(port);
    await closed(server);
    return port;
  }
}

/** What is answered at a port of the engine's machine. */
export async function answerAt(
  scope: Scope,
  port: number,
  loopback = "127.0.0.1",
): Promise<string> {
  const host = (await scope.runtime.info()).remoteHost ?? loopback;
  return scope.eventually(async () => {
    const socket = createConnection({ host, port });
    socket.setTimeout(5_000, () => socket.destroy(new Error(`no answer at port ${port}`)));
    try {
      let answer = "";
      for await (const chunk of socket) answer += String(chunk);
      return answer || undefined;
    } finally {
      socket.destroy();
    }
  });
}
