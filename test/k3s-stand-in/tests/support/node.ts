import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { program } from "./program.ts";

/** The API port of all servers of this test process; the usual one may be taken on every address of the machine. */
export const apiPort = 20_000 + (process.pid % 8000);

let counter = 0;

/** A loopback address that no other test of this machine is likely to use. */
export function loopbackAddress(): string {
  counter += 1;
  const random = Math.floor(Math.random() * 60_000);
  return `127.${100 + (process.pid % 100)}.${Math.floor(random / 250) % 250}.${1 + ((random + counter) % 250)}`;
}

export interface NodeSettings {
  name: string;
  address?: string;
  args?: string[];
  env?: Record<string, string>;
}

/** One k3s stand-in process with its own root directory and loopback address. */
export class TestNode {
  readonly name: string;
  /** May be changed between two starts. */
  address: string;
  readonly root: string;
  readonly #settings: NodeSettings;
  #child: ChildProcess | undefined;
  #exit: Promise<number> | undefined;
  #listeners = new Set<() => void>();
  /** Everything that the process wrote, over all its starts. */
  logs = "";

  constructor(settings: NodeSettings) {
    this.#settings = settings;
    this.name = settings.name;
    this.address = settings.address ?? loopbackAddress();
    this.root = mkdtempSync(join(tmpdir(), "k3s-si-"));
  }

  get url(): string {
    return `https://${this.address}:${apiPort}`;
  }

  get kubeconfig(): string {
    return join(this.root, "etc/rancher/k3s/k3s.yaml");
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  data(...parts: string[]): string {
    return join(this.root, "var/lib/rancher/k3s", ...parts);
  }

  read(...parts: string[]): string {
    return readFileSync(join(this.root, ...parts), "utf8");
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  environment(more: Record<string, string> = {}): Record<string, string> {
    return {
      PATH: process.env["PATH"] ?? "",
      HOME: this.root,
      NODE_COMPILE_CACHE: join(dirname(program), "compile-cache"),
      K3S_STANDIN_ROOT: this.root,
      K3S_STANDIN_RETRY_MS: "150",
      K3S_STANDIN_CONFIG_RETRY_MS: "150",
      K3S_STANDIN_PROMOTE_MS: "100",
      ...this.#settings.env,
      ...more,
    };
  }

  startServer(more: string[] = [], env: Record<string, string> = {}): this {
    return this.start(
      [
        "server",
        "--https-listen-port",
        String(apiPort),
        "--bind-address",
        this.address,
        "--node-ip",
        this.address,
        "--node-name",
        this.name,
        ...(this.#settings.args ?? []),
        ...more,
      ],
      env,
    );
  }

  startAgent(more: string[] = [], env: Record<string, string> = {}): this {
    return this.start(
      [
        "agent",
        "--node-ip",
        this.address,
        "--node-name",
        this.name,
        "--lb-server-port",
        "0",
        ...(this.#settings.args ?? []),
        ...more,
      ],
      env,
    );
  }

  start(args: string[], env: Record<string, string> = {}): this {
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", program, ...args],
      { env: this.environment(env), stdio: ["ignore", "pipe", "pipe"] },
    );
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.logs += text;
        for (const listener of this.#listeners) listener();
      });
    }
    this.#exit = new Promise((resolve) => {
      child.on("close", (code, signal) => {
        resolve(code ?? (signal ? 128 : 1));
        for (const listener of this.#listeners) listener();
      });
    });
    return this;
  }

  /** Resolves when the logs, from position `from` on, hold the text. */
  waitForLog(text: string | RegExp, { from = 0, timeoutMs = 20_000 } = {}): Promise<void> {
    const found = (): boolean =>
      typeof text === "string" ? this.logs.includes(text, from) : text.test(this.logs.slice(from));
    if (found()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const done = (error?: Error): void => {
        clearTimeout(timer);
        this.#listeners.delete(check);
        if (error) reject(error);
        else resolve();
      };
      const check = (): void => {
        if (found()) done();
        else if (this.#child?.exitCode != null)
          done(
            new Error(
              `${this.name} ended with ${this.#child.exitCode} before it logged ${text}:\n${this.logs}`,
            ),
          );
      };
      const timer = setTimeout(
        () => done(new Error(`${this.name} did not log ${text} in ${timeoutMs} ms:\n${this.logs}`)),
        timeoutMs,
      );
      this.#listeners.add(check);
    });
  }

  /** Exit code of the current process, once it has ended. */
  exited(): Promise<number> {
    return this.#exit ?? Promise.resolve(0);
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number> {
    if (this.#child?.exitCode === null) this.#child.kill(signal);
    return this.exited();
  }

  async dispose(): Promise<void> {
    await this.stop("SIGKILL");
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Looks at `condition` again and again until it answers something truthy. */
export async function eventually<T>(
  condition: () => Promise<T> | T,
  timeoutMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  while (Date.now() < deadline) {
    try {
      const value = await condition();
      if (value) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(
    `not within ${timeoutMs} ms: ${last instanceof Error ? last.stack : JSON.stringify(last)}`,
  );
}
