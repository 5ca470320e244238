import { execa } from "execa";
import { shellCommand } from "./quote.ts";

export interface ShellResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ShellOptions {
  /** Variables for this command. */
  readonly env?: Readonly<Record<string, string>>;
  /** Minutes after which the command counts as failed. Default 10. */
  readonly minutes?: number;
}

/** A command inside of the machine that failed; the message has its last words. */
export class RemoteError extends Error {
  override name = "RemoteError";
}

/** A user of the machine, logged in by ssh: in a session of their own, as people are. */
export class Shell {
  readonly #ssh: readonly string[];
  readonly #env: Readonly<Record<string, string>>;

  /**
   * @param ssh the client's command line up to and with the user
   * @param env variables for all commands
   */
  constructor(ssh: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#ssh = ssh;
    this.#env = env;
  }

  /** The same user with more variables. */
  with(env: Readonly<Record<string, string>>): Shell {
    return new Shell(this.#ssh, { ...this.#env, ...env });
  }

  /** Runs a command to its end, whatever its exit code; 255 is that of ssh itself. */
  async attempt(args: readonly string[], options: ShellOptions = {}): Promise<ShellResult> {
    const variables = Object.entries({ ...this.#env, ...options.env });
    const command = shellCommand([
      "env",
      ...variables.map(([name, value]) => `${name}=${value}`),
      ...args,
    ]);
    const [program = "", ...rest] = this.#ssh;
    const minutes = options.minutes ?? 10;
    const result = await execa(program, [...rest, "--", command], {
      reject: false,
      stdin: "ignore",
      timeout: minutes * 60_000,
    });
    return {
      exitCode: result.exitCode ?? 255,
      stdout: result.stdout,
      stderr: result.timedOut ? `${result.stderr}\nno end after ${minutes} minutes` : result.stderr,
    };
  }

  /**
   * Runs a command that must succeed and returns its standard output.
   *
   * @throws RemoteError otherwise
   */
  async run(args: readonly string[], options: ShellOptions = {}): Promise<string> {
    const { exitCode, stdout, stderr } = await this.attempt(args, options);
    if (exitCode === 0) return stdout;
    const words = (stderr.trim() || stdout.trim()).split("\n").slice(-12).join("\n");
    throw new RemoteError(`${args.join(" ")} ended with ${exitCode}: ${words}`);
  }

  /** Runs a script of bash that must succeed. */
  script(text: string, options: ShellOptions = {}): Promise<string> {
    return this.run(["bash", "-euo", "pipefail", "-c", text], options);
  }
}
