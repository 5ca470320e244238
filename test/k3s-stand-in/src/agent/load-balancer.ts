import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { FatalError, messageOf } from "../errors.ts";
import { log } from "../log.ts";

const connectTimeoutMs = 2000;

/**
 * The agent's local TCP balancer: connections to it go to the first server that
 * accepts one. The server list survives restarts, so that an agent finds the
 * cluster while the server it joined by is away.
 */
export class SupervisorBalancer {
  readonly #file: string;
  readonly #first: string;
  #addresses: string[];
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();

  constructor(file: string, serverUrl: string) {
    this.#file = file;
    const { hostname, port } = new URL(serverUrl);
    this.#first = `${hostname}:${port || "443"}`;
    const kept = existsSync(file)
      ? (JSON.parse(readFileSync(file, "utf8")) as { ServerURL: string; ServerAddresses: string[] })
      : undefined;
    this.#addresses = kept?.ServerURL === serverUrl ? kept.ServerAddresses : [];
    this.#save(serverUrl);
    this.#url = serverUrl;
  }

  readonly #url: string;

  async listen(port: number): Promise<string> {
    const server = createServer((socket) => void this.#serve(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error) =>
        reject(new FatalError(`listen tcp 127.0.0.1:${port}: ${messageOf(error)}`)),
      );
      server.listen(port, "127.0.0.1", resolve);
    });
    const bound = (server.address() as { port: number }).port;
    log.info(
      `Running load balancer k3s-agent-load-balancer 127.0.0.1:${bound} -> [${[...this.#addresses, this.#first].join(" ")}] [default: ${this.#first}]`,
    );
    return `https://127.0.0.1:${bound}`;
  }

  update(addresses: string[]): void {
    const sorted = [...addresses].sort();
    if (sorted.length === 0 || sorted.join() === [...this.#addresses].sort().join()) return;
    for (const address of sorted)
      if (!this.#addresses.includes(address))
        log.info(`Adding server to load balancer k3s-agent-load-balancer: ${address}`);
    for (const address of this.#addresses)
      if (!sorted.includes(address))
        log.info(`Removing server from load balancer k3s-agent-load-balancer: ${address}`);
    this.#addresses = sorted;
    this.#save(this.#url);
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server?.close();
  }

  #save(serverUrl: string): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    writeFileSync(
      this.#file,
      JSON.stringify({ ServerURL: serverUrl, ServerAddresses: this.#addresses }),
    );
  }

  async #serve(client: Socket): Promise<void> {
    this.#sockets.add(client);
    client.on("close", () => this.#sockets.delete(client));
    client.on("error", () => client.destroy());
    client.pause();
    const candidates = [...new Set([...this.#addresses, this.#first])];
    for (const address of candidates) {
      const upstream = await dial(address).catch((error: unknown) => {
        log.debug(`load balancer: ${address}: ${messageOf(error)}`);
        return undefined;
      });
      if (!upstream) continue;
      this.#sockets.add(upstream);
      upstream.on("close", () => {
        this.#sockets.delete(upstream);
        client.destroy();
      });
      upstream.on("error", () => client.destroy());
      client.on("close", () => upstream.destroy());
      client.pipe(upstream).pipe(client);
      return;
    }
    client.destroy();
  }
}

function dial(address: string): Promise<Socket> {
  const { hostname, port } = new URL(`tcp://${address}`);
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port),
      timeout: connectTimeoutMs,
    });
    socket.once("timeout", () => socket.destroy(new Error("i/o timeout")));
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.setTimeout(0);
      socket.removeListener("error", reject);
      resolve(socket);
    });
  });
}
