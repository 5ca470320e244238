import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { SetupError } from "./setup-error.ts";

export interface CommandOptions {
  readonly cwd?: string;
  /** Variables added to those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Text for the command's standard input, which is empty by default. */
  readonly input?: string;
  /** Milliseconds after which the command is killed; none by default. */
  readonly timeout?: number;
}

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end and returns what it said, whatever its exit code. */
export function runUnchecked(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      timeout: options.timeout,
      killSignal: "SIGKILL",
      stdio: ["pipe", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.stdin.on("error", () => undefined); // a command may end without reading its input
    child.stdin.end(options.input ?? "");
    child.once("error", (cause) => {
      reject(new SetupError(`cannot run ${command}: ${cause.message}`, undefined, { cause }));
    });
    child.once("close", (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}

/**
 * Runs a command that must succeed and returns its standard output.
 *
 * @throws SetupError with command line, exit code and the end of its standard error.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { exitCode, stdout, stderr } = await runUnchecked(command, args, options);
  if (exitCode === 0) return stdout;
  const ending = exitCode === null ? "was killed" : `failed with exit code ${exitCode}`;
  throw new SetupError(`${[command, ...args].join(" ")} ${ending}: ${lastLines(stderr || stdout)}`);
}

/** The last lines of a text, for messages. */
export function lastLines(text: string, count = 8): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}

/** The full path of a command on PATH (and the system folders that PATH of a user may lack). */
export function findCommand(command: string): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  for (const folder of folders) {
    const path = join(folder, command);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      continue;
    }
  }
  return undefined;
}
