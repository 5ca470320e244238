import { Agent, type ClientRequestArgs } from "node:http";
import type { Duplex } from "node:stream";
import { K3dError, type RuntimeOptions } from "@k3d/core/runtime";
import type { Client, ClientChannel } from "ssh2";
import type { Endpoint } from "../endpoint.js";
import { openSshConnection } from "./connection.js";
import { readSshSettings } from "./settings.js";

/** OpenSSH's server allows ten sessions on a connection by default. */
const CHANNELS_PER_CONNECTION = 8;

type Connected = (error: Error | null, stream: Duplex) => void;

interface PooledConnection {
  client: Promise<Client>;
  channels: number;
}

/**
 * Carries HTTP requests to an engine behind ssh: each as a session that runs
 * `docker system dial-stdio`, as Docker's own client does. Connections are
 * shared by requests; the library's own agent would open one for each.
 */
export class SshAgent extends Agent {
  readonly #endpoint: Endpoint & { kind: "ssh" };
  readonly #options: RuntimeOptions;
  readonly #connections: PooledConnection[] = [];

  constructor(endpoint: Endpoint & { kind: "ssh" }, options: RuntimeOptions) {
    super({ keepAlive: false });
    this.#endpoint = endpoint;
    this.#options = options;
  }

  override createConnection(_options: ClientRequestArgs, callback?: Connected): undefined {
    if (callback) void this.#provide(callback);
  }

  override destroy(): void {
    for (const { client } of this.#connections.splice(0))
      client.then((connected) => connected.end()).catch(() => undefined);
    super.destroy();
  }

  async #provide(callback: Connected): Promise<void> {
    let channel: ClientChannel;
    try {
      channel = await this.#open();
    } catch (error) {
      callback(error as Error, undefined as never);
      return;
    }
    callback(null, channel);
  }

  async #open(): Promise<ClientChannel> {
    const connection =
      this.#connections.find(({ channels }) => channels < CHANNELS_PER_CONNECTION) ??
      this.#connect();
    connection.channels += 1;
    const release = (): void => {
      connection.channels -= 1;
    };
    try {
      const channel = await this.#dial(await connection.client);
      channel.once("close", release);
      return channel;
    } catch (error) {
      release();
      throw error;
    }
  }

  #connect(): PooledConnection {
    const client = readSshSettings(this.#endpoint, this.#options).then(openSshConnection);
    const connection: PooledConnection = { client, channels: 0 };
    this.#connections.push(connection);
    const forget = (): void => {
      const index = this.#connections.indexOf(connection);
      if (index >= 0) this.#connections.splice(index, 1);
    };
    client.then((connected) => connected.once("close", forget), forget);
    return connection;
  }

  #dial(client: Client): Promise<ClientChannel> {
    const { socketPath } = this.#endpoint;
    const host =
      socketPath === undefined
        ? ""
        : `--host '${`unix://${socketPath}`.replaceAll("'", String.raw`'\''`)}' `;
    const command = `docker ${host}system dial-stdio`;
    return new Promise((resolve, reject) => {
      client.exec(command, (error, channel) => {
        if (error) {
          reject(this.#failure(command, error.message));
          return;
        }
        let stderr = "";
        channel.stderr.on("data", (chunk: Buffer) => {
          stderr += chunk.toString();
        });
        channel.once("exit", (code: number | null) => {
          if (!code) return;
          channel.emit("error", this.#failure(command, stderr.trim() || `exit code ${code}`));
          channel.destroy();
        });
        resolve(channel);
      });
    });
  }

  #failure(command: string, why: string): K3dError {
    return new K3dError(
      "RUNTIME_UNAVAILABLE",
      `\`${command}\` on ${this.#endpoint.host} failed: ${why}`,
      {
        hint: "The host needs the docker command on its PATH, and your user the right to use its engine.",
        details: { command, stderr: why },
      },
    );
  }
}
