import { constants } from "node:os";
import { K3dError, isK3dError } from "@k3d/core";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type InterruptSignal = (typeof SIGNALS)[number];

export interface Interrupt {
  /** Aborted at the first signal, with a `K3dError` `ABORTED` that names the signal in `details.signal`. */
  readonly signal: AbortSignal;
  /** Gives the signals back. */
  dispose(): void;
}

export interface InterruptOptions {
  /** Where signals arrive. Default: this process. */
  source?: Pick<NodeJS.Process, "on" | "off">;
  /** Told of the first signal. */
  onInterrupt?: (signal: InterruptSignal) => void;
  /** Ends the process at the second signal. */
  exit: (code: number) => void;
}

/**
 * Turns SIGINT, SIGTERM and SIGHUP into an abort, so that the command can undo what it did. A second
 * signal ends the process at once, with whatever state that leaves.
 */
export function watchInterrupts({
  source = process,
  onInterrupt,
  exit,
}: InterruptOptions): Interrupt {
  const controller = new AbortController();
  const listeners = SIGNALS.map((name) => {
    const listener = (): void => {
      if (controller.signal.aborted) {
        exit(signalExitCode(name));
        return;
      }
      onInterrupt?.(name);
      controller.abort(
        new K3dError("ABORTED", name === "SIGINT" ? "Interrupted" : `Interrupted by ${name}`, {
          details: { signal: name },
        }),
      );
    };
    source.on(name, listener);
    return { name, listener };
  });
  return {
    signal: controller.signal,
    dispose() {
      for (const { name, listener } of listeners) source.off(name, listener);
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
