import { once } from "node:events";
import { createConnection, createServer, type AddressInfo, type Server } from "node:net";
import { text } from "node:stream/consumers";
import { K3dError } from "@k3d/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeView } from "../testing/views.js";
import { forwardsOf, type Forward } from "./forwards.js";
import { openTunnel, type Tunnel, type TunnelOptions } from "./open.js";

describe("forwardsOf", () => {
  it("has the API first, each port once, and tells what ssh cannot carry", () => {
    const binding = { protocol: "tcp" as const };
    const nodes = [
      nodeView({
        name: "k3d-demo-serverlb",
        role: "loadbalancer",
        ports: [
          { ...binding, containerPort: 80, hostPort: 8080, hostIp: "0.0.0.0" },
          { ...binding, containerPort: 80, hostPort: 8080, hostIp: "::" },
          { ...binding, containerPort: 53, hostPort: 53, protocol: "udp" },
          { ...binding, containerPort: 6443, hostPort: 26443, hostIp: "127.0.0.1" },
        ],
      }),
      nodeView({
        name: "k3d-demo-agent-0",
        role: "agent",
        ports: [
          { ...binding, containerPort: 30080, hostPort: 3000, hostIp: "10.0.0.5" },
          { ...binding, containerPort: 1 },
        ],
      }),
    ];
    const { forwards, left } = forwardsOf({ nodes });
    expect(forwards.map(({ host, port, api }) => [host, port, api])).toEqual([
      ["127.0.0.1", 26443, true],
      ["10.0.0.5", 3000, false],
      ["127.0.0.1", 8080, false],
    ]);
    expect(left).toEqual(["53/udp"]);
  });
});

describe("openTunnel", () => {
  let far: Server;
  let tunnel: Tunnel | undefined;
  let fails: K3dError | undefined;
  let asked: string[];
  let changes: { works: boolean; reason: string }[];

  const portOf = (server: Server): number => (server.address() as AddressInfo).port;
  const taken = async (): Promise<Server> => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return server;
  };
  const forward = (port: number, api = false): Forward => ({
    node: "k3d-demo-serverlb",
    containerPort: 80,
    host: "127.0.0.1",
    port,
    api,
  });
  const options = (): TunnelOptions => ({
    signal: new AbortController().signal,
    onChange: (change) => changes.push(change),
    portOwner: async () => "process 12 (nginx)",
    dial: async ({ host, port }) => {
      asked.push(`${host}:${port}`);
      if (fails) throw fails;
      return createConnection({ port: portOf(far), allowHalfOpen: true });
    },
  });
  /** Sends a word, ends its input, and reads the answer. */
  const talk = async (port: number, word: string): Promise<string> => {
    const socket = createConnection({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket.on("error", () => undefined);
    socket.end(word);
    return text(socket).catch(() => "cut");
  };

  beforeEach(async () => {
    [asked, changes, fails] = [[], [], undefined];
    far = createServer({ allowHalfOpen: true }, (socket) => {
      void text(socket).then((word) => socket.end(word.toUpperCase()));
    }).listen(0, "127.0.0.1");
    await once(far, "listening");
  });
  afterEach(() => {
    tunnel?.close();
    tunnel = undefined;
    far.close();
  });

  it("carries each connection, the end of its input too, and goes on after failures", async () => {
    const port = await freePort();
    tunnel = await openTunnel([forward(port)], options());
    expect(tunnel.forwards).toEqual([{ ...forward(port), localPort: port }]);
    expect(await talk(port, "hello")).toBe("HELLO");
    fails = new K3dError("RUNTIME_UNAVAILABLE", "The ssh connection was cut");
    expect(await talk(port, "lost")).not.toBe("LOST");
    await talk(port, "lost");
    fails = undefined;
    expect(await talk(port, "again")).toBe("AGAIN");
    expect(changes).toEqual([
      { works: false, reason: "The ssh connection was cut" },
      { works: true, reason: "" },
    ]);
    expect(new Set(asked)).toEqual(new Set([`127.0.0.1:${port}`]));
  });

  it("takes another port where the same one is taken here, but not for the API", async () => {
    const other = await taken();
    try {
      const port = portOf(other);
      tunnel = await openTunnel([forward(port)], options());
      const [opened] = tunnel.forwards;
      expect(opened?.localPort).not.toBe(port);
      expect(await talk(opened?.localPort ?? 0, "moved")).toBe("MOVED");
      const free = await freePort();
      await expect(
        openTunnel([forward(free), forward(port, true)], options()),
      ).rejects.toMatchObject({
        code: "PORT_IN_USE",
        message: expect.stringContaining("by process 12 (nginx)"),
      });
      // What was opened before is closed again.
      tunnel.close();
      tunnel = await openTunnel([forward(free)], options());
      expect(tunnel.forwards[0]?.localPort).toBe(free);
    } finally {
      other.close();
    }
  });

  async function freePort(): Promise<number> {
    const server = await taken();
    const port = portOf(server);
    server.close();
    await once(server, "close");
    return port;
  }
});
