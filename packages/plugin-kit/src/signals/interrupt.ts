import { constants } from "node:os";
import { K3dError, isK3dError } from "@k3d/core";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type InterruptSignal = (typeof SIGNALS)[number];

export interface Interrupt {
  /** Aborted at the first signal, with a `K3dError` `ABORTED` that names the signal in `details.signal`. */
  readonly signal: AbortSignal;
  /** Something happened: an engine that still answers is given more time. */
  stillAlive(): void;
  /** Gives the signals back. */
  dispose(): void;
}

export interface InterruptOptions {
  /** Where signals arrive. Default: this process. */
  source?: Pick<NodeJS.Process, "on" | "off">;
  /** Told of the first signal. */
  onInterrupt?: (signal: InterruptSignal) => void;
  /** Ends the process at the second signal, and when nothing ended within {@link graceMs}. */
  exit: (code: number) => void;
  /** Told before the process ends without the command having ended itself. */
  onGiveUp?: (why: "again" | "silence") => void;
  /**
   * How long the command may take to end after the first signal while nothing happens, in
   * milliseconds. Default: for ever.
   */
  graceMs?: number;
}

let current: AbortSignal | undefined;

/** That of the running command, for what waits far below it; `undefined` while signals end the process by themselves. */
export const interruptSignal = (): AbortSignal | undefined => current;

/**
 * Turns SIGINT, SIGTERM and SIGHUP into an abort, so that the command can undo what it did. A second
 * signal ends the process at once, with whatever state that leaves; so does an engine that answers
 * no more, after a time in which nothing happened.
 */
export function watchInterrupts({
  source = process,
  onInterrupt,
  exit,
  onGiveUp,
  graceMs,
}: InterruptOptions): Interrupt {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const giveUp = (why: "again" | "silence", name: InterruptSignal): void => {
    clearTimeout(timer);
    onGiveUp?.(why);
    exit(signalExitCode(name));
  };
  const waitFor = (name: InterruptSignal): void => {
    if (graceMs !== undefined) timer = setTimeout(() => giveUp("silence", name), graceMs);
  };
  const listeners = SIGNALS.map((name) => {
    const listener = (): void => {
      if (controller.signal.aborted) {
        giveUp("again", name);
        return;
      }
      onInterrupt?.(name);
      waitFor(name);
      controller.abort(
        new K3dError("ABORTED", name === "SIGINT" ? "Interrupted" : `Interrupted by ${name}`, {
          details: { signal: name },
        }),
      );
    };
    source.on(name, listener);
    return { name, listener };
  });
  current = controller.signal;
  return {
    signal: controller.signal,
    stillAlive() {
      timer?.refresh();
    },
    dispose() {
      clearTimeout(timer);
      for (const { name, listener } of listeners) source.off(name, listener);
      if (current === controller.signal) current = undefined;
    },
  };
}

/** What shells report for a process that a signal ended: 130 for SIGINT, 143 for SIGTERM. */
export function signalExitCode(name: NodeJS.Signals): number {
  return 128 + constants.signals[name];
}

/** The exit code of an `ABORTED` error that {@link watchInterrupts} made; `undefined` for others. */
export function interruptExitCode(error: unknown): number | undefined {
  if (!isK3dError(error, "ABORTED")) return undefined;
  const name = error.details?.signal;
  return SIGNALS.includes(name as InterruptSignal)
    ? signalExitCode(name as InterruptSignal)
    : undefined;
}
