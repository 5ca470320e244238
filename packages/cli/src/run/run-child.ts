import { spawn } from "node:child_process";
import { constants } from "node:os";
import { K3dError } from "@k3d/core";

export interface ChildOptions {
  env: NodeJS.ProcessEnv;
  /** Aborted: the signal that the abort names is handed on, and the child killed when it stays. */
  signal: AbortSignal;
  /** Whether the child stands on the terminal that Ctrl-C reaches by itself. */
  interactive: boolean;
}

/** Time for a child to end after a signal, in milliseconds. */
const GRACE_MS = 10_000;

/**
 * Runs a command on this process' input and output. @returns its exit code, 128 and the signal's number
 * where a signal ended it.
 *
 * @throws K3dError `COMMAND_FAILED` when it cannot be started
 */
export async function runChild(
  [command = "", ...args]: readonly string[],
  { env, signal, interactive }: ChildOptions,
): Promise<number> {
  const child = spawn(command, args, { stdio: "inherit", env });
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    const { details } = (signal.reason ?? {}) as Partial<K3dError>;
    const name = (details?.signal ?? "SIGTERM") as NodeJS.Signals;
    if (!(interactive && name === "SIGINT")) child.kill(name);
    timer = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once("error", (cause) => {
        const message = `Command '${command}' cannot be run: ${cause.message}`;
        reject(new K3dError("COMMAND_FAILED", message, { cause }));
      });
      child.once("exit", (code, by) => resolve(code ?? 128 + constants.signals[by ?? "SIGKILL"]));
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
