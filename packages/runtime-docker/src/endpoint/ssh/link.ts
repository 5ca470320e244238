import type { Duplex, Readable } from "node:stream";
import { K3dError, type RuntimeOptions } from "@k3d/core/runtime";
import type { Client, ClientChannel } from "ssh2";
import { ChannelStream } from "./channel-stream.js";
import { openSshConnection } from "./connection.js";
import type { SshTarget } from "./target.js";
import { readSshSettings } from "./settings.js";

/** OpenSSH's server allows ten sessions on a connection by default; forwarded sockets do not count. */
const SESSIONS_PER_CONNECTION = 8;

interface PooledConnection {
  client: Promise<Client>;
  sessions: number;
  open: Set<ChannelStream>;
}

/** A command that runs on the host. */
export interface RunningCommand {
  /** Its input and output. */
  stream: Duplex;
  stderr: Readable;
  /** `undefined` when it ended without one, e.g. because the connection was cut. */
  exitCode: Promise<number | undefined>;
}

/**
 * The way to a host: one ssh connection that everything goes through, made when it is first needed
 * and made anew after it dropped. Only where more commands run at once than a server allows on one
 * connection are there more.
 */
export class SshLink {
  readonly #target: SshTarget;
  readonly #options: RuntimeOptions;
  readonly #connections: PooledConnection[] = [];

  constructor(target: SshTarget, options: RuntimeOptions) {
    this.#target = target;
    this.#options = options;
  }

  get host(): string {
    return this.#target.host;
  }

  /** A TCP connection from the host to an address as it is seen there. @throws `RUNTIME_UNAVAILABLE`. */
  dial(host: string, port: number): Promise<Duplex> {
    return this.#channel(this.#first(), (client, done) => {
      client.forwardOut("127.0.0.1", 0, host, port, done);
    });
  }

  /** A connection to a socket of the host. @throws `RUNTIME_UNAVAILABLE`. */
  socket(path: string): Promise<Duplex> {
    return this.#channel(this.#first(), (client, done) => {
      client.openssh_forwardOutStreamLocal(path, done);
    });
  }

  /** A command on the host. @throws `RUNTIME_UNAVAILABLE`. */
  async run(command: string): Promise<RunningCommand> {
    const connection =
      this.#connections.find(({ sessions }) => sessions < SESSIONS_PER_CONNECTION) ??
      this.#connect();
    connection.sessions += 1;
    const release = (): void => {
      connection.sessions -= 1;
    };
    try {
      let channel: ClientChannel | undefined;
      const stream = await this.#channel(connection, (client, done) => {
        client.exec(command, (error, opened) => {
          channel = opened;
          done(error, opened);
        });
      });
      const running = channel as unknown as ClientChannel;
      running.once("close", release);
      return { stream, stderr: running.stderr, exitCode: exitCodeOf(running) };
    } catch (error) {
      release();
      throw error;
    }
  }

  close(): void {
    for (const { client } of this.#connections.splice(0))
      client.then((connected) => connected.end()).catch(() => undefined);
  }

  #first(): PooledConnection {
    return this.#connections[0] ?? this.#connect();
  }

  async #channel(
    connection: PooledConnection,
    open: (
      client: Client,
      done: (error: Error | undefined, channel: ClientChannel) => void,
    ) => void,
  ): Promise<ChannelStream> {
    const client = await connection.client;
    return new Promise((resolve, reject) => {
      const gone = (): void => reject(this.#cut());
      client.once("close", gone);
      open(client, (error, channel) => {
        client.off("close", gone);
        if (error) {
          reject(error);
          return;
        }
        const stream = new ChannelStream(channel);
        connection.open.add(stream);
        channel.once("close", () => connection.open.delete(stream));
        resolve(stream);
      });
    });
  }

  #connect(): PooledConnection {
    const client = readSshSettings(this.#target, this.#options).then(openSshConnection);
    const connection: PooledConnection = { client, sessions: 0, open: new Set() };
    this.#connections.push(connection);
    const forget = (): void => {
      const index = this.#connections.indexOf(connection);
      if (index >= 0) this.#connections.splice(index, 1);
    };
    client.then((connected) => {
      // Every channel that is being opened listens.
      connected.setMaxListeners(0);
      // It is not to be used again from the moment on in which it ends; "close" comes later.
      const drop = (): void => {
        forget();
        for (const stream of connection.open) stream.destroy(this.#cut());
      };
      for (const event of ["end", "error", "close"]) connected.prependOnceListener(event, drop);
    }, forget);
    return connection;
  }

  #cut(): K3dError {
    return new K3dError("RUNTIME_UNAVAILABLE", `The ssh connection to ${this.host} was cut`, {
      hint: "Check the network and the host; the next command connects again.",
    });
  }
}

function exitCodeOf(channel: ClientChannel): Promise<number | undefined> {
  return new Promise((resolve) => {
    channel.once("exit", (code: number | null) => resolve(code ?? undefined));
    channel.once("close", () => resolve(undefined));
  });
}
