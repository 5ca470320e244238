import type { ChildProcess } from "node:child_process";

/** What goes wrong with one answer of the engine. */
export const ANSWER_FAULTS = ["fail", "lose", "cut", "late", "lie", "hang"] as const;

/** What reaches k3d itself in the moment of one call. */
export const SIGNAL_FAULTS = ["SIGINT", "SIGTERM", "double", "SIGKILL"] as const;

/**
 * - `fail`: nothing is done, the connection breaks or the program fails
 * - `lose`: it is done, the connection breaks or the program fails
 * - `cut`: it is done, the answer ends half-way
 * - `late`: it is done, the answer takes its time
 * - `lie`: nothing is done, the answer claims that it was, or that nothing is there
 * - `hang`: nothing is done and no answer comes; the user presses Ctrl-C
 * - `double`: Ctrl-C twice
 */
export type FaultKind = (typeof ANSWER_FAULTS)[number] | (typeof SIGNAL_FAULTS)[number];

export interface Fault {
  kind: FaultKind;
  /** Which call of the engine it meets, from 1. */
  nth: number;
}

/** Stands between one run of k3d and its engine. */
export interface Saboteur {
  /** Set for the run that shall meet the fault. */
  readonly env: Readonly<Record<string, string>>;
  /** Faults that it can bring about. */
  readonly kinds: readonly FaultKind[];
  /** Arguments that the run needs besides its own. */
  readonly args: readonly string[];
  /** The next run meets this fault. Its calls count from 1. */
  arm(fault: Fault, started: () => ChildProcess | undefined): Promise<void>;
  /** Told of each line that the run writes on standard error. */
  onLine?(line: string): void;
  /** The call that met the fault; `undefined` when there were fewer calls. */
  disarm(): Promise<string | undefined>;
  /** Volumes without a name that containers of the runs so far were made with. */
  volumes(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** How long a second signal waits behind the first one, and a user before Ctrl-C; milliseconds. */
export const AGAIN_MS = 250;

/** Sends what the fault says to the run. */
export function signal(run: ChildProcess | undefined, kind: FaultKind): void {
  if (run === undefined) return;
  const send = (name: NodeJS.Signals): void => void run.kill(name);
  if (kind === "double") {
    send("SIGINT");
    setTimeout(() => send("SIGINT"), AGAIN_MS);
  } else if (kind === "hang") setTimeout(() => send("SIGINT"), AGAIN_MS);
  else send(kind as NodeJS.Signals);
}

export const isSignal = (kind: FaultKind): boolean =>
  (SIGNAL_FAULTS as readonly string[]).includes(kind);
