import { createServer, connect, type Server } from "node:net";

/** A socket in front of an engine's that counts what clients send. */
export class CountedSocket {
  /** Bytes from clients to the engine since it was last set. */
  sent = 0;

  private constructor(
    private readonly server: Server,
    /** For `DOCKER_HOST`. */
    readonly host: string,
  ) {}

  /** @param path where it listens; @param engine path of the engine's socket. */
  static async listen(path: string, engine: string): Promise<CountedSocket> {
    const server = createServer({ allowHalfOpen: true });
    const counted = new CountedSocket(server, `unix://${path}`);
    server.on("connection", (client) => {
      const behind = connect({ path: engine, allowHalfOpen: true });
      client.on("data", (chunk: Buffer) => {
        counted.sent += chunk.length;
      });
      client.pipe(behind).pipe(client);
      for (const [one, other] of [
        [client, behind],
        [behind, client],
      ] as const) {
        one.on("error", () => other.destroy());
      }
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return counted;
  }

  close(): void {
    this.server.close();
  }
}
