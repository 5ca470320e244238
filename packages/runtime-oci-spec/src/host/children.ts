import { signalProcess } from "./signal-process.ts";

/**
 * Options for helper programs: Ctrl-C in a terminal goes to its whole process
 * group, and must not break the commands that clean up. They learn of it by
 * abort signals alone.
 */
export const OWN_GROUP = { detached: true, cleanup: false } as const;

const running = new Set<number>();

function endAll(): void {
  for (const pid of running) signalProcess(-pid, "SIGTERM");
}

/** Ends a program with a process group of its own, and all it has started, when this process ends before it. */
export function endOnExit({ pid }: { pid?: number | undefined }, ended: Promise<unknown>): void {
  if (pid === undefined) return;
  if (running.size === 0) process.once("exit", endAll);
  running.add(pid);
  const forget = (): void => {
    running.delete(pid);
    if (running.size === 0) process.off("exit", endAll);
  };
  ended.then(forget, forget);
}
