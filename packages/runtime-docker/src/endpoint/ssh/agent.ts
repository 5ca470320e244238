import { Agent, type ClientRequestArgs } from "node:http";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { isK3dError, K3dError } from "@k3d/core/runtime";
import type { SshLink } from "./link.js";

type Connected = (error: Error | null, stream: Duplex) => void;

const ASK = "docker context inspect --format '{{.Endpoints.docker.Host}}'";
const DEFAULT_SOCKET = "/var/run/docker.sock";

/**
 * Carries HTTP requests to an engine behind ssh, each on a channel of one connection: straight to
 * the engine's socket, whose place the host's own docker command tells; where the host forwards no
 * sockets, through `docker system dial-stdio`, as Docker's own client has it.
 */
export class SshAgent extends Agent {
  readonly #link: SshLink;
  readonly #named: string | undefined;
  #socket: Promise<string | undefined> | undefined;

  /** @param socketPath the engine's socket on the host; asked for when absent */
  constructor(link: SshLink, socketPath: string | undefined) {
    super({ keepAlive: false });
    this.#link = link;
    this.#named = socketPath;
  }

  override createConnection(_options: ClientRequestArgs, callback?: Connected): undefined {
    if (callback) void this.#provide(callback);
  }

  override destroy(): void {
    this.#link.close();
    super.destroy();
  }

  async #provide(callback: Connected): Promise<void> {
    let channel: Duplex;
    try {
      channel = await this.#open();
    } catch (error) {
      callback(error as Error, undefined as never);
      return;
    }
    callback(null, channel);
  }

  async #open(): Promise<Duplex> {
    this.#socket ??= this.#named === undefined ? this.#ask() : Promise.resolve(this.#named);
    const asked = this.#socket;
    let path: string | undefined;
    try {
      path = await asked;
    } catch (error) {
      // The next request asks again.
      if (this.#socket === asked) this.#socket = undefined;
      throw error;
    }
    if (path === undefined) return this.#dialStdio();
    try {
      return await this.#link.socket(path);
    } catch (error) {
      // It is the connection that failed, not the socket.
      if (isK3dError(error)) throw error;
      const channel = await this.#dialStdio();
      this.#socket = Promise.resolve(undefined);
      return channel;
    }
  }

  /** The socket that docker on the host uses; `undefined` when it uses none. */
  async #ask(): Promise<string | undefined> {
    const { stream, stderr, exitCode } = await this.#link.run(ASK);
    stderr.resume();
    stream.end();
    const answer = await text(stream);
    // A host without the docker command may have the engine all the same.
    if ((await exitCode) !== 0) return DEFAULT_SOCKET;
    return /^unix:\/\/(\S+)$/m.exec(answer)?.[1];
  }

  async #dialStdio(): Promise<Duplex> {
    const host =
      this.#named === undefined
        ? ""
        : `--host '${`unix://${this.#named}`.replaceAll("'", String.raw`'\''`)}' `;
    const command = `docker ${host}system dial-stdio`;
    const { stream, stderr, exitCode } = await this.#link.run(command).catch((error: unknown) => {
      throw isK3dError(error) ? error : this.#failure(command, (error as Error).message);
    });
    let said = "";
    stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    void exitCode.then((code) => {
      if (code) stream.destroy(this.#failure(command, said.trim() || `exit code ${code}`));
    });
    return stream;
  }

  #failure(command: string, why: string): K3dError {
    return new K3dError(
      "RUNTIME_UNAVAILABLE",
      `\`${command}\` on ${this.#link.host} failed: ${why}`,
      {
        hint: "The host needs the docker command on its PATH, and your user the right to use its engine.",
        details: { command, stderr: why },
      },
    );
  }
}
