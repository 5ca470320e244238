import type { ChildProcess } from "node:child_process";
import { type Fault, type Saboteur, SIGNAL_FAULTS, signal } from "./fault.ts";

/** Signals a run when it has told so many lines of progress: for an engine that nothing can stand before. */
export function atProgress(): Saboteur {
  let lines = 0;
  let fault: Fault | undefined;
  let run: () => ChildProcess | undefined = () => undefined;
  let struck: string | undefined;
  return {
    env: {},
    kinds: SIGNAL_FAULTS,
    args: ["--progress", "json"],
    async arm(next, started) {
      [fault, run, lines, struck] = [next, started, 0, undefined];
    },
    onLine(line) {
      lines += 1;
      if (fault === undefined || lines !== fault.nth) return;
      struck = /"id":"([^"]*)"/.exec(line)?.[1] ?? `line ${lines}`;
      signal(run(), fault.kind);
    },
    async disarm() {
      fault = undefined;
      return struck;
    },
    volumes: async () => [],
    close: async () => {},
  };
}

/** Both of two saboteurs: the first one's kinds by the first, what else the second can by it. */
export function both(one: Saboteur, other: Saboteur): Saboteur {
  let active = one;
  return {
    env: { ...one.env, ...other.env },
    kinds: [...new Set([...one.kinds, ...other.kinds])],
    args: [...one.args, ...other.args],
    async arm(fault, started) {
      active = one.kinds.includes(fault.kind) ? one : other;
      await active.arm(fault, started);
    },
    onLine: (line) => active.onLine?.(line),
    disarm: () => active.disarm(),
    volumes: async () => [...(await one.volumes()), ...(await other.volumes())],
    close: async () => {
      await Promise.all([one.close(), other.close()]);
    },
  };
}
