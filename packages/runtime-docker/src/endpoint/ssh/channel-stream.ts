import { Duplex } from "node:stream";
import type { ClientChannel } from "ssh2";

/**
 * A channel as a stream like any other: `destroy` ends it at once and tells its error, which ssh2's
 * own channels do not.
 */
export class ChannelStream extends Duplex {
  readonly #channel: ClientChannel;

  constructor(channel: ClientChannel) {
    super({ allowHalfOpen: true });
    this.#channel = channel;
    // Whoever uses it listens; after that nobody has to.
    this.on("error", () => undefined);
    channel.pause();
    channel.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) channel.pause();
    });
    channel.once("end", () => this.push(null));
    channel.once("error", (error: Error) => this.destroy(error));
    channel.once("close", () => {
      // What came last is still read; nothing more can be written.
      if (!this.readableEnded) this.push(null);
      if (!this.writableFinished) this.once("end", () => this.destroy());
    });
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(
    chunk: Buffer,
    encoding: BufferEncoding,
    callback: (error?: Error | null) => void,
  ): void {
    this.#channel.write(chunk, encoding, callback);
  }

  override _final(callback: () => void): void {
    this.#channel.end();
    callback();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#channel.resume();
    this.#channel.close();
    callback(error);
  }
}
