import { spawn, type ChildProcess } from "node:child_process";
import { constants } from "node:os";
import { eachLine, K3dError, type HostCommand } from "@k3d/core";
import { withPrivateFile } from "../run/private-kubeconfig.js";

/** Time for a command to end after SIGTERM, in milliseconds. */
const GRACE_MS = 5000;

/** How long what it started may keep its output open after it ended, in milliseconds. */
const DRAIN_MS = 500;

/** Runs a hook of the config file on this machine, away from the terminal. See `Lifecycle.runCommand`. */
export function runHostCommand(command: HostCommand): Promise<number> {
  const { kubeconfig } = command;
  return kubeconfig === undefined
    ? run(command, {})
    : withPrivateFile(kubeconfig, (path) => run(command, { KUBECONFIG: path }));
}

async function run(
  { command, directory, env, onLine, signal }: HostCommand,
  more: Record<string, string>,
): Promise<number> {
  signal.throwIfAborted();
  const child = spawn(command, {
    shell: true,
    cwd: directory,
    env: { ...process.env, ...env, ...more },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that what it starts is ended with it.
    detached: process.platform !== "win32",
    windowsHide: true,
  });
  const ended = Promise.withResolvers<number>();
  child.once("error", (cause) => {
    const message = `The hook "${command}" cannot be run: ${cause.message}`;
    ended.reject(new K3dError("COMMAND_FAILED", message, { cause }));
  });
  child.once("exit", (code, by) => ended.resolve(code ?? 128 + constants.signals[by ?? "SIGKILL"]));
  const outputs = [eachLine(child.stdout, onLine), eachLine(child.stderr, onLine)];
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    endAll(child, "SIGTERM");
    timer = setTimeout(() => endAll(child, "SIGKILL"), GRACE_MS);
  };
  // A second Ctrl-C ends this process at once.
  const onExit = (): void => endAll(child, "SIGKILL");
  signal.addEventListener("abort", onAbort, { once: true });
  process.once("exit", onExit);
  try {
    const code = await ended.promise;
    await drained(outputs, child);
    if (signal.aborted) endAll(child, "SIGKILL");
    signal.throwIfAborted();
    return code;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    process.off("exit", onExit);
  }
}

/** Something that it left in the background may hold its output open for ever. */
async function drained(outputs: readonly Promise<void>[], child: ChildProcess): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, DRAIN_MS);
  });
  await Promise.race([Promise.allSettled(outputs), late]);
  clearTimeout(timer);
  child.stdout?.destroy();
  child.stderr?.destroy();
}

/** Ends a command with all that it started and that has not left its group. */
function endAll({ pid }: ChildProcess, signal: "SIGTERM" | "SIGKILL"): void {
  if (pid === undefined) return;
  if (process.platform === "win32") {
    spawn("taskkill", ["/pid", String(pid), "/T", "/F"], { stdio: "ignore" }).on("error", () => {});
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended.
  }
}
