import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { abortError, K3dError, parseAnswer, throwIfAborted } from "@k3d/core/runtime";
import { failure, type FailureContext } from "./failure.js";

export interface CliCallOptions {
  signal?: AbortSignal | undefined;
  /** Added to the environment: values that must not be seen in the list of processes. */
  env?: Readonly<Record<string, string>>;
}

/** What a command left behind. */
export interface CommandResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** A command that runs. All three streams are open. */
export interface RunningCommand {
  stdin: Writable;
  stdout: Readable;
  stderr: Readable;
  /** Its exit code, once it is gone; rejects when `signal` aborts. */
  exitCode: Promise<number>;
  kill(): void;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** Milliseconds that a command has to end by itself. */
const PATIENCE_MS = 2000;
/** Characters of standard error that are kept. */
const STDERR_KEPT = 64 * 1024;

/** Runs the command line, with arguments as they are: no shell is involved. */
export class Cli {
  readonly #children = new Set<Child>();

  constructor(
    readonly command: string,
    private readonly env: Readonly<Record<string, string | undefined>>,
  ) {}

  /** Runs a command to its end, whatever its exit code. @throws `RUNTIME_UNAVAILABLE`, `ABORTED` */
  async run(args: readonly string[], options: CliCallOptions = {}): Promise<CommandResult> {
    const running = this.stream(args, options);
    running.stdin.end();
    const stdout: Buffer[] = [];
    running.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    const stderr = keepText(running.stderr);
    const exitCode = await running.exitCode;
    return { exitCode, stdout: Buffer.concat(stdout).toString("utf8"), stderr: stderr() };
  }

  /** Standard output of a command that must succeed. */
  async text(
    args: readonly string[],
    context: FailureContext,
    options: CliCallOptions = {},
  ): Promise<string> {
    const result = await this.run(args, options);
    if (result.exitCode !== 0) throw failure(result, context, [this.command, ...args]);
    return result.stdout;
  }

  /** The JSON that a command prints. */
  async json<T>(
    args: readonly string[],
    context: FailureContext,
    options: CliCallOptions = {},
  ): Promise<T> {
    return parseAnswer<T>(await this.text(args, context, options), context.action);
  }

  /** Starts a command and hands out its streams. */
  stream(args: readonly string[], { signal, env }: CliCallOptions = {}): RunningCommand {
    throwIfAborted(signal);
    const child = spawn(this.command, [...args], {
      stdio: "pipe",
      env: { ...this.env, ...env },
      // Ctrl-C on the terminal is k3d's to answer.
      detached: true,
    });
    this.#children.add(child);
    // A command that ends early closes its input; its exit code tells more than EPIPE.
    child.stdin.on("error", () => {});
    const kill = (): void => end(child);
    const exitCode = new Promise<number>((resolve, reject) => {
      const onAbort = (): void => {
        kill();
        if (signal) reject(abortError(signal));
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      child.once("error", (error: NodeJS.ErrnoException) => {
        this.#children.delete(child);
        reject(cannotRun(this.command, error));
      });
      child.once("close", (code, name) => {
        this.#children.delete(child);
        signal?.removeEventListener("abort", onAbort);
        if (code !== null) resolve(code);
        else if (signal?.aborted) reject(abortError(signal));
        else reject(new K3dError("RUNTIME_ERROR", `${this.command} was ended by ${name}`));
      });
    });
    exitCode.catch(() => {});
    return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, exitCode, kill };
  }

  /** Ends all commands that still run. */
  async close(): Promise<void> {
    await Promise.all(
      [...this.#children].map(
        (child) =>
          new Promise<void>((resolve) => {
            child.once("close", () => resolve());
            end(child);
          }),
      ),
    );
  }
}

/** Keeps the last of a stream as text. */
export function keepText(stream: Readable): () => string {
  let text = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => (text = (text + chunk).slice(-STDERR_KEPT)));
  return () => text;
}

function end(child: Child): void {
  child.kill("SIGTERM");
  // What nobody reads any more would hold back the end of a command that is gone.
  child.stdout.destroy();
  child.stderr.destroy();
  const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  timer.unref();
  child.once("exit", () => clearTimeout(timer));
}

function cannotRun(command: string, error: NodeJS.ErrnoException): K3dError {
  return error.code === "ENOENT"
    ? new K3dError("RUNTIME_UNAVAILABLE", `The command ${command} is not installed`, {
        hint: "Install nerdctl (https://github.com/containerd/nerdctl)",
        cause: error,
      })
    : new K3dError("RUNTIME_UNAVAILABLE", `Cannot run ${command}: ${error.message}`, {
        hint: "Check that this user may run it",
        cause: error,
      });
}
