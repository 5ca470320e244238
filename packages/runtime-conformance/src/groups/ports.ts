import { createConnection, createServer, type AddressInfo, type Server } from "node:net";
import { once } from "node:events";
import { eventually } from "../poll.js";
import { programs } from "../programs.js";
import type { Scope } from "../scope.js";
import type { Suite } from "../suite.js";

const INSIDE = 8080;
const needs = ["portPublishing"] as const;

/** Published ports. */
export function ports(suite: Suite): void {
  const { expect } = suite;

  suite.test(
    "a published port is reached from outside, and inspect and list tell it",
    async (scope) => {
      const hostPort = await freePort();
      const name = await scope.start({
        args: programs.serve(INSIDE, "published"),
        ports: [{ containerPort: INSIDE, protocol: "tcp", hostPort }],
      });
      expect(await answerAt(scope, hostPort)).toBe("published\n");
      const expected = [
        expect.objectContaining({ containerPort: INSIDE, protocol: "tcp", hostPort }),
      ];
      expect((await scope.runtime.containers.inspect(name)).ports).toEqual(expected);
      expect((await scope.runtime.containers.list({ labels: scope.labels }))[0]?.ports).toEqual(
        expected,
      );
    },
    { needs: [...needs] },
  );

  suite.test(
    "without a host port the engine picks a free one",
    async (scope) => {
      const name = await scope.start({
        args: programs.serve(INSIDE, "picked"),
        ports: [{ containerPort: INSIDE, protocol: "tcp" }],
      });
      const info = await scope.runtime.containers.inspect(name);
      expect(info.ports[0]?.hostPort).toBeGreaterThan(0);
      expect(await answerAt(scope, info.ports[0]?.hostPort ?? 0)).toBe("picked\n");
      expect(info.spec.ports).toEqual([{ containerPort: INSIDE, protocol: "tcp" }]);
    },
    { needs: [...needs] },
  );

  suite.test(
    "hostIp binds to one address",
    async (scope) => {
      const hostPort = await freePort();
      const name = await scope.start({
        ports: [{ containerPort: INSIDE, protocol: "tcp", hostIp: "127.0.0.1", hostPort }],
      });
      expect((await scope.runtime.containers.inspect(name)).ports).toEqual([
        { containerPort: INSIDE, protocol: "tcp", hostIp: "127.0.0.1", hostPort },
      ]);
    },
    { needs: [...needs] },
  );

  suite.test(
    "the same port is published for tcp and udp, and several for one container port",
    async (scope) => {
      const [one, other] = [await freePort(), await freePort()];
      const wanted = [
        { containerPort: INSIDE, protocol: "tcp" as const, hostPort: one },
        { containerPort: INSIDE, protocol: "udp" as const, hostPort: one },
        { containerPort: INSIDE, protocol: "tcp" as const, hostPort: other },
      ];
      const name = await scope.start({ ports: wanted });
      const { ports: bound, spec } = await scope.runtime.containers.inspect(name);
      const key = (port: { protocol: string; hostPort?: number }): string =>
        `${port.hostPort}/${port.protocol}`;
      expect(bound.map(key).toSorted()).toEqual(wanted.map(key).toSorted());
      expect(spec.ports.map(key).toSorted()).toEqual(wanted.map(key).toSorted());
    },
    { needs: [...needs] },
  );

  suite.test(
    "inspect tells the ports of a container that does not run from its spec",
    async (scope) => {
      const hostPort = await freePort();
      const name = await scope.create({
        ports: [{ containerPort: INSIDE, protocol: "tcp", hostPort }],
      });
      expect((await scope.runtime.containers.inspect(name)).ports).toEqual([
        expect.objectContaining({ containerPort: INSIDE, hostPort }),
      ]);
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
    "a container that was stopped and started is reached as before",
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
    },
    { needs: [...needs] },
  );

  suite.test(
    "a port is free again once its container has stopped",
    async (scope) => {
      const hostPort = await freePort();
      const binding = [{ containerPort: INSIDE, protocol: "tcp" as const, hostPort }];
      const first = await scope.start({ ports: binding });
      await scope.runtime.containers.stop(first);
      await scope.start({ args: programs.serve(INSIDE, "second"), ports: binding });
      expect(await answerAt(scope, hostPort)).toBe("second\n");
    },
    { needs: [...needs] },
  );
}

async function listen(): Promise<Server> {
  const server = createServer();
  server.listen(0, "0.0.0.0");
  await once(server, "listening");
  return server;
}

async function closed(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  await once(server, "close");
}

async function freePort(): Promise<number> {
  const server = await listen();
  const { port } = server.address() as AddressInfo;
  await closed(server);
  return port;
}

/** What is answered at a port of the engine's machine. */
async function answerAt(scope: Scope, port: number): Promise<string> {
  const host = (await scope.runtime.info()).remoteHost ?? "127.0.0.1";
  return eventually(async () => {
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
