import type { StepContext } from "../../../events/step-context.js";
import type { Clock } from "../../../model/clock.js";
import { formatBytes } from "../../../model/bytes.js";

/** Milliseconds between two messages. */
const INTERVAL_MS = 250;

/** Tells bytes and rate of one node's import, from the first byte on. */
export class ByteProgress {
  #since: number | undefined;
  #told = 0;
  #total: number | undefined;
  #reads = false;
  #isWhole = false;
  #unpacks = false;

  constructor(
    private readonly clock: Clock,
    private readonly context: StepContext,
  ) {}

  /**
   * What was sent for the node. It counts until the node itself tells what it read.
   *
   * @param total bytes in all, where they are known.
   */
  sent(bytes: number, total: number | undefined): void {
    this.#total = total;
    if (!this.#reads) this.#tell(bytes);
  }

  /** What the node has read of a file. */
  read(bytes: number): void {
    if (bytes === 0) return;
    this.#reads = true;
    if (this.#isWhole && bytes >= (this.#total ?? bytes)) this.#tellUnpacking();
    else this.#tell(bytes);
  }

  /** All is sent; what the node does with it is not to be seen from outside. */
  whole(total: number): void {
    this.#isWhole = true;
    this.#total = total;
    if (!this.#reads) this.#tellUnpacking();
  }

  #tell(bytes: number): void {
    const now = this.clock.now();
    const isFirst = this.#since === undefined;
    this.#since ??= now;
    if (!isFirst && now - this.#told < INTERVAL_MS) return;
    this.#told = now;
    const seconds = (now - this.#since) / 1000;
    const rate = seconds > 0 ? `, ${formatBytes(Math.round(bytes / seconds))}/s` : "";
    const total = this.#total === undefined ? undefined : Math.max(bytes, this.#total);
    const of = total === undefined ? "" : ` of ${formatBytes(total)}`;
    this.context.progress(`${formatBytes(bytes)}${of}${rate}`, bytes, total);
  }

  #tellUnpacking(): void {
    if (this.#unpacks) return;
    this.#unpacks = true;
    this.context.progress("unpacking");
  }
}
