import { vi } from "vitest";

/** Milliseconds that pass with each turn of the event loop: an engine in memory takes a few turns to answer. */
const A_TURN_MS = 500;

export interface VirtualTime {
  /** No time passes during this work: for what really waits, as for a disk. */
  hold<T>(work: () => Promise<T>): Promise<T>;
  stop(): void;
}

/**
 * Lets timers and time limits pass without waiting: a minute of silence is some hundred turns of the
 * event loop. What is not waited for by a timer takes its real time.
 */
export function virtualTime(): VirtualTime {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const limits = vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
    const limit = new AbortController();
    setTimeout(() => limit.abort(new DOMException("timed out", "TimeoutError")), ms);
    return limit.signal;
  });
  let going = true;
  let held = 0;
  const turn = (): void => {
    if (!going) return;
    if (held === 0) vi.advanceTimersByTime(A_TURN_MS);
    setImmediate(turn);
  };
  setImmediate(turn);
  return {
    async hold(work) {
      held += 1;
      try {
        return await work();
      } finally {
        held -= 1;
      }
    },
    stop() {
      going = false;
      limits.mockRestore();
      vi.useRealTimers();
    },
  };
}
