import { once } from "node:events";
import { readFile } from "node:fs/promises";
import {
  createConnection,
  createServer,
  type AddressInfo,
  type Server,
  type Socket,
} from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer } from "node:tls";
import ssh2 from "ssh2";

/** A way to the engine's socket that a test opened. */
export interface Relay {
  port: number;
  close(): Promise<void>;
}

/** Joins two ends; each one's end of input is passed on, as a half-close. */
function join2(outer: Duplex, socketPath: string): void {
  const inner = createConnection({ path: socketPath, allowHalfOpen: true });
  inner.pipe(outer);
  outer.pipe(inner);
  for (const [one, other] of [
    [inner, outer],
    [outer, inner],
  ] as const) {
    one.on("error", () => other.destroy());
    one.on("close", () => other.destroy());
  }
}

async function listen(server: Server): Promise<Relay> {
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, "close");
    },
  };
}

export function plainRelay(socketPath: string): Promise<Relay> {
  return listen(createServer({ allowHalfOpen: true }, (socket) => join2(socket, socketPath)));
}

/** Demands a client certificate of the authority in `dir`. */
export async function tlsRelay(socketPath: string, dir: string): Promise<Relay> {
  const [ca, cert, key] = await Promise.all(
    ["ca.pem", "server-cert.pem", "server-key.pem"].map((name) => readFile(join(dir, name))),
  );
  const server = createTlsServer(
    { ca, cert, key, requestCert: true, rejectUnauthorized: true, allowHalfOpen: true },
    (socket) => join2(socket, socketPath),
  );
  return listen(server);
}

export interface SshRelay extends Relay {
  /** Line of a `known_hosts` file. */
  knownHost: string;
  /** Private key of the one user. */
  privateKey: string;
  /** Commands that were run. */
  commands: string[];
  /** Ports that were dialled. */
  dialled: number[];
  /** Connections so far. */
  connections(): number;
}

function sshKey(): { privateKey: string; publicKey: string } {
  const { private: privateKey, public: publicKey } = ssh2.utils.generateKeyPairSync("ecdsa", {
    bits: 256,
  });
  return { privateKey, publicKey };
}

/** An ssh server on which `docker system dial-stdio` leads to the engine's socket, ports can be dialled, and every other command fails. */
export async function sshRelay(socketPath: string, user: string): Promise<SshRelay> {
  const [host, client] = [sshKey(), sshKey()];
  const allowed = ssh2.utils.parseKey(client.publicKey);
  if (allowed instanceof Error) throw allowed;
  const commands: string[] = [];
  const dialled: number[] = [];
  let connections = 0;
  const server = new ssh2.Server({ hostKeys: [host.privateKey] }, (connection) => {
    connections += 1;
    connection.on("error", () => undefined);
    connection.on("authentication", (attempt) => {
      if (
        attempt.method !== "publickey" ||
        attempt.username !== user ||
        !attempt.key.data.equals(allowed.getPublicSSH())
      ) {
        attempt.reject(["publickey"]);
      } else if (
        !attempt.signature ||
        allowed.verify(attempt.blob as Buffer, attempt.signature, attempt.hashAlgo)
      )
        attempt.accept();
      else attempt.reject();
    });
    connection.on("tcpip", (accept, reject, { destIP, destPort }) => {
      const target = createConnection(destPort, destIP);
      target.once("error", () => reject());
      target.once("connect", () => {
        dialled.push(destPort);
        const channel = accept();
        channel.pipe(target).pipe(channel);
      });
    });
    connection.on("session", (acceptSession) => {
      acceptSession().on("exec", (acceptExec, _reject, { command }) => {
        commands.push(command);
        const channel = acceptExec();
        if (/^docker (?:--host \S+ )?system dial-stdio$/.test(command))
          return join2(channel, socketPath);
        channel.stderr.write(`${command}: not found\n`);
        channel.exit(127);
        return channel.end();
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    knownHost: `[127.0.0.1]:${port} ${host.publicKey.split(" ").slice(0, 2).join(" ")}`,
    privateKey: client.privateKey,
    commands,
    dialled,
    connections: () => connections,
    async close() {
      server.close();
    },
  };
}
