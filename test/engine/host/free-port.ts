import { randomInt } from "node:crypto";
import { createServer, type Server } from "node:net";

/** Below those that the kernel gives to outgoing connections, and to whoever asks for any: nobody gets one by chance before it is used. */
const PORTS = { from: 20_000, to: 32_768 } as const;

const given = new Set<number>();

/** A TCP port that is free now, and that this process was not told before. @param address where it is free; by default on all of IPv4 */
export async function freePort(address = "0.0.0.0"): Promise<number> {
  const { port, close } = await busyPort(address);
  await close();
  return port;
}

/** A TCP port that this process listens on until `close`. */
export async function busyPort(
  address = "0.0.0.0",
): Promise<{ port: number; close: () => Promise<void> }> {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.to);
    if (given.has(port)) continue;
    const server = await listening(port, address);
    if (server === undefined) continue;
    given.add(port);
    return { port, close: () => new Promise((done) => server.close(() => done())) };
  }
}

/** Whether nobody listens on it. */
export async function isFreePort(port: number, address = "0.0.0.0"): Promise<boolean> {
  const server = await listening(port, address);
  await new Promise<void>((done) => (server === undefined ? done() : server.close(() => done())));
  return server !== undefined;
}

/** `undefined` where somebody else has the port. */
function listening(port: number, address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen(port, address, () => resolve(server));
  });
}
