import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ResultPromise, execa } from "execa";
import { expect } from "vitest";
import type { Engine } from "./engine.js";
import { offlineImages } from "./images.js";

export const ROOT = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const K3D = join(ROOT, "bin", "k3d");

/** What the caller of the tests has set for k3d is not for the users in them, but for the images and engines to test with. */
const WITHOUT_CALLERS = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => /^(?:K3D_|XDG_(?:CACHE|CONFIG|DATA)_HOME$)/.test(name))
    .filter((name) => !/^K3D_(?:IMAGE|E2E_|TEST_|OCI_|PODMAN_)/.test(name))
    .map((name) => [name, undefined]),
);

export interface CliResult {
  stdout: string;
  stderr: string;
  exitCode: number;
}

export interface RunOptions {
  env?: Record<string, string | undefined>;
  /** Standard input. Default: none. */
  input?: string | Uint8Array;
  /** Leaves standard input open, for the caller to write. */
  stdin?: "pipe";
  cwd?: string;
}

/**
 * A user of their own: home directory, kubeconfig and cluster names that
 * nobody else has, on one engine. `dispose` deletes what a failed test left.
 */
export class World {
  private readonly clusters = new Set<string>();
  /** The k3d that is run: the checkout's, unless a test brings one. */
  program = K3D;
  /** What runs every command line: e.g. `nsenter` for a user of another machine. */
  around: readonly string[] = [];

  private constructor(
    readonly engine: Engine,
    readonly home: string,
  ) {}

  static async create(engine: Engine): Promise<World> {
    return new World(engine, await mkdtemp(join(tmpdir(), "k3d-e2e-")));
  }

  get kubeconfig(): string {
    return join(this.home, "kube", "config");
  }

  /** A cluster name that is free and remembered for clean-up. */
  name(prefix = "t"): string {
    const name = `${prefix}-${randomBytes(4).toString("hex")}`;
    this.clusters.add(name);
    return name;
  }

  private environment(extra: RunOptions["env"] = {}): Record<string, string | undefined> {
    return {
      ...WITHOUT_CALLERS,
      // An installed k3d does not read them by itself, as a checkout's does.
      ...offlineImages(),
      HOME: this.home,
      KUBECONFIG: this.kubeconfig,
      K3D_RUNTIME: this.engine.name,
      ...extra,
    };
  }

  /** Starts the built CLI; resolves (never rejects) with its streams and exit code. */
  spawn(args: string[], options: RunOptions = {}): ResultPromise<{ reject: false }> {
    const [file = this.program, ...before] = [...this.around, this.program];
    return execa(file, [...before, ...args], {
      reject: false,
      // A test that ends a command looks at what the command does then.
      forceKillAfterDelay: false,
      env: this.environment(options.env),
      ...(options.input === undefined
        ? { stdin: options.stdin ?? "ignore" }
        : { input: options.input }),
      cwd: options.cwd,
    }) as ResultPromise<{ reject: false }>;
  }

  async run(args: string[], options: RunOptions = {}): Promise<CliResult> {
    const { stdout, stderr, exitCode } = await this.spawn(args, options);
    return { stdout: String(stdout), stderr: String(stderr), exitCode: exitCode ?? -1 };
  }

  /** Runs the CLI and expects success; returns standard output. */
  async k3d(...args: string[]): Promise<string> {
    const result = await this.run(args);
    expect(result.exitCode, `k3d ${args.join(" ")}\n${result.stderr}`).toBe(0);
    return result.stdout;
  }

  /** Runs a script as a person types it, each line after the one before, and expects success. */
  async shell(script: string): Promise<string> {
    const { stdout, stderr, exitCode } = await execa("bash", ["-euo", "pipefail", "-c", script], {
      reject: false,
      stdin: "ignore",
      cwd: this.home,
      env: this.environment({ PATH: `${dirname(this.program)}:${process.env["PATH"]}` }),
    });
    expect(exitCode, `${script}\n${stderr}`).toBe(0);
    return stdout;
  }

  async json<T>(...args: string[]): Promise<T> {
    return JSON.parse(await this.k3d(...args, "--json")) as T;
  }

  async kubectl(...args: string[]): Promise<string> {
    const [file = "kubectl", ...before] = [...this.around, "kubectl"];
    const { stdout } = await execa(file, [...before, ...args], {
      env: this.environment(),
      input: "",
    });
    return stdout;
  }

  async kubectlFails(...args: string[]): Promise<boolean> {
    const [file = "kubectl", ...before] = [...this.around, "kubectl"];
    const { exitCode } = await execa(file, [...before, ...args], {
      env: this.environment(),
      reject: false,
      timeout: 20_000,
    });
    return exitCode !== 0;
  }

  /** Names of Kubernetes nodes that are Ready. */
  async readyNodes(): Promise<string[]> {
    const list = JSON.parse(await this.kubectl("get", "nodes", "-o", "json")) as {
      items: {
        metadata: { name: string };
        status: { conditions?: { type: string; status: string }[] };
      }[];
    };
    return list.items
      .filter(({ status }) =>
        status.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True"),
      )
      .map(({ metadata }) => metadata.name)
      .sort();
  }

  /** Everything of the cluster that the engine and this user's files hold. */
  async traces(cluster: string, volumes: readonly string[] = []): Promise<string[]> {
    const [containers, networks, existing, files] = await Promise.all([
      this.engine.containers(cluster),
      this.engine.networks(),
      this.engine.volumes(),
      readdir(this.home, { recursive: true }),
    ]);
    const config = await import("node:fs/promises").then(({ readFile }) =>
      readFile(this.kubeconfig, "utf8").catch(() => ""),
    );
    return [
      ...containers.map(({ name }) => `container ${name}`),
      ...networks.filter((name) => name === `k3d-${cluster}`).map((name) => `network ${name}`),
      ...existing
        .filter((name) => volumes.includes(name) || name.startsWith(`k3d-${cluster}-`))
        .map((name) => `volume ${name}`),
      ...(config.includes(cluster) ? ["kubeconfig entry"] : []),
      ...files.filter((file) => /\.(lock|tmp)$/.test(file)).map((file) => `file ${file}`),
    ];
  }

  /** Names of all volumes, anonymous ones too, that the cluster's containers mount now. */
  async volumesOf(cluster: string): Promise<string[]> {
    const containers = await this.engine.containers(cluster);
    const mounts = await Promise.all(
      containers.map(async ({ name }) => (await this.engine.inspect(name)).Mounts),
    );
    return mounts
      .flat()
      .flatMap(({ Type, Name }) => (Type === "volume" && Name !== undefined ? [Name] : []));
  }

  async dispose(): Promise<void> {
    for (const cluster of this.clusters) {
      if ((await this.traces(cluster)).some((trace) => !trace.startsWith("file")))
        await this.run(["cluster", "delete", cluster]);
    }
    await rm(this.home, { recursive: true, force: true });
  }
}
