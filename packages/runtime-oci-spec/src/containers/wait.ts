import { watch } from "node:fs";
import { abortError } from "@k3d/core/runtime";
import type { Engine } from "../engine/engine.ts";

/** Changes that leave no trace in a container's directory are noticed after this time at the latest. */
const POLL_MS = 100;

/**
 * Resolves once `done` holds, asked again whenever the container's files change.
 *
 * @returns `false` when it did not within `timeoutMs`.
 * @throws `ABORTED`.
 */
export async function waitUntil(
  engine: Engine,
  id: string,
  done: () => Promise<boolean>,
  options: {
    timeoutMs?: number;
    /** Default {@link POLL_MS}. */
    pollMs?: number;
    signal?: AbortSignal | undefined;
  } = {},
): Promise<boolean> {
  const deadline = performance.now() + (options.timeoutMs ?? Number.POSITIVE_INFINITY);
  const changes = new DirectoryChanges(engine.records.pathsOf(id).directory);
  try {
    for (;;) {
      if (options.signal?.aborted) throw abortError(options.signal);
      if (await done()) return true;
      const left = deadline - performance.now();
      if (left <= 0) return false;
      await changes.next(Math.min(options.pollMs ?? POLL_MS, left), options.signal);
    }
  } finally {
    changes.close();
  }
}

/** Wakes whoever waits for something to change in a directory. */
export class DirectoryChanges {
  readonly #close: () => void;
  #wake: (() => void) | undefined;
  #changed = false;

  constructor(directory: string) {
    try {
      const watcher = watch(directory, () => this.#notify());
      watcher.on("error", () => this.#notify());
      this.#close = () => watcher.close();
    } catch {
      // Without the directory, or without a watch to be had, polling alone has to do.
      this.#close = () => {};
    }
  }

  /** Resolves on a change since the last call, after `milliseconds`, or on abortion. */
  async next(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (!this.#changed && !signal?.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, milliseconds);
      const wake = () => resolve();
      signal?.addEventListener("abort", wake, { once: true });
      this.#wake = wake;
      await promise;
      signal?.removeEventListener("abort", wake);
      clearTimeout(timer);
    }
    this.#changed = false;
    this.#wake = undefined;
  }

  close(): void {
    this.#close();
    this.#wake?.();
  }

  #notify(): void {
    this.#changed = true;
    this.#wake?.();
  }
}
