import { Socket } from "node:net";
import { PassThrough } from "node:stream";
import {
  abortable,
  abortError,
  K3dError,
  parseAnswer,
  secretsIn,
  throwIfAborted,
} from "@k3d/core/runtime";
import { ChildProcesses } from "./children.js";
import { failureError, isTransient, type CommandResult, type FailureContext } from "./failure.js";
import { retryWhile } from "./retry.js";
import type { RunningCommand } from "./running-command.js";
import { endWith, TextTail } from "./streams.js";

/** Milliseconds between SIGTERM and SIGKILL for a child that is to end. */
const KILL_DELAY = 2500;
/** Milliseconds more until a killed child is given up. */
const GONE_DELAY = 1000;
/** Standard error that is kept for errors; more than any podman message has. */
const STDERR_KEPT = 64 * 1024;

export interface CliOptions {
  /** The executable, by name or path. */
  command: string;
  /** Options before the sub-command, e.g. `--url …`. */
  globalArgs: readonly string[];
  /** The whole environment of podman processes. */
  env: Readonly<Record<string, string | undefined>>;
}

export interface RunOptions {
  signal?: AbortSignal;
  /** Added to the environment: values that must not be on the command line. */
  env?: Readonly<Record<string, string>>;
  /**
   * A change that podman does not survive half-way: an abort gives the command up at once, and
   * leaves it to its own end.
   */
  unbroken?: boolean;
}

/** What is read of execa's result. */
interface ProcessResult {
  exitCode?: number;
  signal?: string;
  isCanceled: boolean;
  /** Of the operating system, when the process could not be started. */
  code?: string;
  cause?: unknown;
  stdout?: unknown;
  stderr?: unknown;
}

type Execa = (typeof import("execa"))["execa"];

const OUTPUT_OPTIONS = {
  reject: false,
  extendEnv: false,
  detached: true,
  cleanup: false,
  forceKillAfterDelay: KILL_DELAY,
} as const;

/** Runs the `podman` command, with arguments as they are: no shell is involved. */
export class PodmanCli {
  readonly #children = new ChildProcesses();
  readonly #options: CliOptions;
  /** Begun before anybody asked for it. */
  #ahead: { args: readonly string[]; result: Promise<CommandResult> } | undefined;

  constructor(options: CliOptions) {
    this.#options = options;
  }

  /**
   * Runs a command to its end, whatever its exit code. Repeats it a few times
   * while another process holds podman's locks.
   *
   * @throws `RUNTIME_UNAVAILABLE` when it cannot be run, `ABORTED`.
   */
  run(args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    const ahead = this.#ahead;
    // What is asked first may change what the other would tell.
    this.#ahead = undefined;
    if (ahead !== undefined && JSON.stringify(ahead.args) === JSON.stringify(args))
      return ahead.result;
    return retryWhile(isTransient, () => this.#runOnce(args, options), options.signal);
  }

  /** Begins a command that will be {@link run} next, without options of its own but the signal. It changes nothing. */
  begin(args: readonly string[], signal?: AbortSignal): void {
    const result = this.run(args, { signal });
    // Whoever runs it is told.
    result.catch(() => {});
    this.#ahead = { args, result };
  }

  /** Standard output of a command that must succeed, without the last newline. */
  async text(
    args: readonly string[],
    context: FailureContext,
    options: RunOptions = {},
  ): Promise<string> {
    const result = await this.run(args, options);
    if (result.exitCode !== 0) throw failureError(result, context);
    return result.stdout;
  }

  /** Standard output of a command that must succeed and prints JSON. */
  async json<T>(
    args: readonly string[],
    context: FailureContext,
    options: RunOptions = {},
  ): Promise<T> {
    const result = await this.run(args, options);
    if (result.exitCode !== 0) throw failureError(result, context);
    return parseAnswer<T>(result.stdout, context.action);
  }

  /** Starts a command and hands out its streams. `signal` ends it. */
  async stream(args: readonly string[], options: RunOptions = {}): Promise<RunningCommand> {
    this.#ahead = undefined;
    throwIfAborted(options.signal);
    const { execa } = await import("execa");
    const child = execa(this.#options.command, this.#args(args), {
      ...OUTPUT_OPTIONS,
      env: this.#env(options),
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
      buffer: false,
      cancelSignal: options.signal,
    });
    // Both are piped on at once: what nobody has taken by the next turn is dropped by execa.
    const tail = new TextTail(STDERR_KEPT);
    const ended = this.#outcome(child, args, options, () => tail.text);
    const end = (): void => {
      child.kill();
      // What nobody reads any more would hold back the end of a command that is gone.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    this.#children.add(end, ended);
    return {
      stdin: child.stdin,
      stdout: endWith(child.stdout, new PassThrough()),
      stderr: endWith(child.stderr, tail),
      ended,
      kill: () => void child.kill(),
    };
  }

  /** Ends all processes that still run. */
  close(): Promise<void> {
    return this.#children.end();
  }

  async #runOnce(args: readonly string[], options: RunOptions): Promise<CommandResult> {
    throwIfAborted(options.signal);
    const { execa } = await import("execa");
    if (options.unbroken === true) return this.#runUnbroken(execa, args, options);
    const child = execa(this.#options.command, this.#args(args), {
      ...OUTPUT_OPTIONS,
      env: this.#env(options),
      stdin: "ignore",
      cancelSignal: options.signal,
    });
    const ended = this.#outcome(child, args, options);
    this.#children.add(() => void child.kill(), ended);
    return ended;
  }

  async #runUnbroken(
    execa: Execa,
    args: readonly string[],
    { signal, ...options }: RunOptions,
  ): Promise<CommandResult> {
    const child = execa(this.#options.command, this.#args(args), {
      ...OUTPUT_OPTIONS,
      env: this.#env(options),
      stdin: "ignore",
    });
    try {
      return await abortable(this.#outcome(child, args, options), signal);
    } catch (error) {
      // This process need not stay for its sake.
      child.nodeChildProcess.unref();
      for (const stream of [child.stdout, child.stderr])
        if (stream instanceof Socket) stream.unref();
      throw error;
    }
  }

  async #outcome(
    child: Promise<ProcessResult>,
    args: readonly string[],
    { signal, env = {} }: RunOptions,
    stderrTail?: () => string,
  ): Promise<CommandResult> {
    const result = await this.#unlessStuck(child, args, signal);
    if (result.isCanceled && signal !== undefined) throw abortError(signal);
    if (result.exitCode === undefined && result.signal === undefined) {
      throw cannotRun(this.#options.command, result.code, result.cause);
    }
    const outcome: CommandResult = {
      commandLine: [this.#options.command, ...this.#args(args)],
      stdout: typeof result.stdout === "string" ? result.stdout : "",
      stderr: stderrTail?.() ?? (typeof result.stderr === "string" ? result.stderr : ""),
      secrets: secretsIn(Object.entries(env).map(([name, value = ""]) => `${name}=${value}`)),
    };
    if (result.exitCode !== undefined) outcome.exitCode = result.exitCode;
    if (result.signal !== undefined) outcome.signal = result.signal;
    return outcome;
  }

  /** A command that was asked to end, and then killed, has this long to be gone: in vain where the kernel holds it. */
  async #unlessStuck(
    child: Promise<ProcessResult>,
    args: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<ProcessResult> {
    if (signal === undefined) return child;
    const stuck = Promise.withResolvers<never>();
    let timer: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      timer = setTimeout(() => stuck.reject(cannotEnd(args, signal)), KILL_DELAY + GONE_DELAY);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      return await Promise.race([child, stuck.promise]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  }

  #args(args: readonly string[]): string[] {
    return [...this.#options.globalArgs, ...args];
  }

  #env({ env }: RunOptions): Record<string, string | undefined> {
    return { ...this.#options.env, ...env };
  }
}

function cannotEnd(args: readonly string[], signal: AbortSignal): K3dError {
  const { code, message } = abortError(signal);
  return new K3dError(code, `${message}; "podman ${args[0] ?? ""}" does not end`, {
    hint: "The kernel blocks it, often because of a file system that does not answer; what it was asked for may still take effect.",
    cause: signal.reason,
  });
}

/** @param code the operating system's reason */
export function cannotRun(command: string, code: string | undefined, cause?: unknown): K3dError {
  const missing = code === "ENOENT";
  return new K3dError(
    "RUNTIME_UNAVAILABLE",
    missing
      ? `The command ${command} is not installed`
      : `Cannot run ${command}: ${code ?? String(cause)}`,
    {
      cause,
      hint: missing
        ? "Install Podman 4 or newer (https://podman.io/docs/installation), or name the command in K3D_PODMAN_COMMAND"
        : "Check that the command may be run by this user",
    },
  );
}
