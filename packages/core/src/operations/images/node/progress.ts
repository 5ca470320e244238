import type { StepContext } from "../../../events/step-context.js";
import type { Clock } from "../../../model/clock.js";
import { formatBytes } from "../../../model/bytes.js";

/** Milliseconds between two messages. */
const INTERVAL_MS = 250;

/** Tells bytes and rate of one node's import, from the first byte on. */
export class ByteProgress {
  #since: number | undefined;
  #told = 0;

  constructor(
    private readonly clock: Clock,
    private readonly context: StepContext,
  ) {}

  /** @param total bytes in all, where they are known. */
  tell(bytes: number, total?: number): void {
    const now = this.clock.now();
    const isFirst = this.#since === undefined;
    this.#since ??= now;
    if (!isFirst && now - this.#told < INTERVAL_MS) return;
    this.#told = now;
    const seconds = (now - this.#since) / 1000;
    const rate = seconds > 0 ? `, ${formatBytes(Math.round(bytes / seconds))}/s` : "";
    const of = total === undefined ? "" : ` of ${formatBytes(Math.max(bytes, total))}`;
    this.context.progress(
      `${formatBytes(bytes)}${of}${rate}`,
      bytes,
      total === undefined ? undefined : Math.max(bytes, total),
    );
  }

  /** All is sent; what the node does with it is not to be seen from outside. */
  unpacking(): void {
    this.context.progress("unpacking");
  }
}
