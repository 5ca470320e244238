import type { Options } from "execa";
import { abortError, K3dError, maskArgs, maskText, secretsIn } from "@k3d/core/runtime";
import { endOnExit, OWN_GROUP } from "./children.ts";
import { packageOf } from "./packages.ts";

export interface RunOptions {
  /** Written to standard input. Default: none. */
  input?: string;
  env?: Record<string, string>;
  cwd?: string;
  signal?: AbortSignal | undefined;
  /** File descriptors from 3 on. */
  extraFds?: number[];
}

export interface RunResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs a program to its end, whatever its exit code.
 *
 * @throws `RUNTIME_UNAVAILABLE` when it is not installed, `ABORTED`.
 */
export async function tryRun(
  file: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const { execa } = await import("execa");
  const settings = {
    ...OWN_GROUP,
    reject: false,
    stdio: [
      options.input === undefined ? "ignore" : "pipe",
      "pipe",
      "pipe",
      ...(options.extraFds ?? []),
    ],
    input: options.input,
    ...(options.env === undefined ? {} : { env: options.env, extendEnv: false }),
    cwd: options.cwd,
    cancelSignal: options.signal,
  } as Options;
  const child = execa(file, [...args], settings);
  endOnExit(child, child);
  const result = await child;
  if (result.isCanceled && options.signal) throw abortError(options.signal);
  if (result.exitCode === undefined && result.code === "ENOENT") throw notInstalled(file);
  return {
    exitCode: result.exitCode ?? 128,
    stdout: String(result.stdout),
    stderr:
      result.exitCode === undefined
        ? `${result.shortMessage ?? ""}\n${String(result.stderr)}`
        : String(result.stderr),
  };
}

/**
 * Runs a program and returns what it prints.
 *
 * @throws as {@link tryRun}, and `COMMAND_FAILED` with command line, exit code and standard error.
 */
export async function run(
  file: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const result = await tryRun(file, args, options);
  if (result.exitCode !== 0) throw commandFailed(file, args, result);
  return result.stdout;
}

/** A failure of a program with its evidence, secrets masked. */
export function commandFailed(file: string, args: readonly string[], result: RunResult): K3dError {
  const stderr = maskText(result.stderr.trim(), secretsIn(args));
  const reason = lastLine(stderr) ?? `exit code ${result.exitCode}`;
  return new K3dError("COMMAND_FAILED", `${file} failed: ${reason}`, {
    details: { command: [file, ...maskArgs(args)], exitCode: result.exitCode, stderr },
  });
}

export function notInstalled(program: string): K3dError {
  const name = program.split("/").at(-1) ?? program;
  return new K3dError("RUNTIME_UNAVAILABLE", `${program} is not installed`, {
    hint: `Install the package ${packageOf(name)}`,
  });
}

export function lastLine(text: string): string | undefined {
  return text
    .split("\n")
    .findLast((line) => line.trim() !== "")
    ?.trim();
}
