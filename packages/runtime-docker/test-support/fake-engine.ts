import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import Docker from "dockerode";
import type { DockerClient } from "../src/engine/client.js";
import { Engine } from "../src/engine/engine.js";

/** An HTTP server in an engine's place. */
export interface FakeEngine {
  engine: Engine;
  /** Breaks all connections. */
  vanish(): void;
  stop(): Promise<void>;
}

/** @param attach takes the connections that a request turns into raw ones. */
export async function fakeEngine(
  answer: RequestListener,
  attach?: (socket: Duplex) => void,
): Promise<FakeEngine> {
  const server = createServer(answer);
  const attached = new Set<Duplex>();
  server.on("upgrade", (_request, socket) => {
    attached.add(socket);
    attach?.(socket);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const docker = new Docker({ protocol: "http", host: "127.0.0.1", port, version: "v1.41" });
  return {
    engine: new Engine(docker as unknown as DockerClient, "1.41"),
    vanish: () => server.closeAllConnections(),
    stop: () =>
      new Promise((resolve) => {
        for (const socket of attached) socket.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
