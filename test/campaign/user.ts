import type { ChildProcess } from "node:child_process";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import type { Engine } from "../e2e/support/engine.ts";
import { K3D } from "../bench/support/checkout.ts";
import type { Saboteur } from "./fault.ts";

/** Longest that one command may take; milliseconds. Longer is a finding. */
export const LIMIT_MS = 150_000;

export interface Run {
  /** What the command line was. */
  command: string;
  /** `undefined`: a signal ended it. */
  exitCode: number | undefined;
  stderr: string;
  /** It did not end by itself. */
  timedOut: boolean;
  ms: number;
}

/** The context that somebody else has in this user's kubeconfig. */
const OTHER = "somebody-else";

/** A user of the campaign's own: a home, a kubeconfig with somebody else's entry, an engine. */
export class User {
  readonly home: string;
  readonly engine: Engine;
  readonly kubeconfig: string;
  readonly #env: Readonly<Record<string, string>>;

  constructor(home: string, engine: Engine, env: Readonly<Record<string, string>> = {}) {
    this.home = home;
    this.engine = engine;
    this.kubeconfig = join(home, "kube", "config");
    this.#env = env;
  }

  get environment(): Record<string, string> {
    const { home, kubeconfig, engine } = this;
    const { K3D_TRACE: _none, ...own } = this.#env;
    return { HOME: home, KUBECONFIG: kubeconfig, K3D_RUNTIME: engine.name, ...own };
  }

  /** As a user with this kubeconfig instead. */
  with(env: Readonly<Record<string, string>>): User {
    return new User(this.home, this.engine, { ...this.#env, ...env });
  }

  /** Writes the kubeconfig with somebody else's entry. */
  async begin(path = this.kubeconfig): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, foreignKubeconfig(OTHER), { mode: 0o600 });
  }

  async hasForeignEntry(path = this.kubeconfig): Promise<boolean> {
    const text = await readFile(path, "utf8").catch(() => "");
    return (text.match(new RegExp(OTHER, "g")) ?? []).length >= 5;
  }

  /** Runs k3d; with a saboteur, which was armed, through it. */
  async k3d(
    args: readonly string[],
    { saboteur, onStart }: { saboteur?: Saboteur; onStart?: (run: ChildProcess) => void } = {},
  ): Promise<Run> {
    const all = [...args, ...(saboteur?.args ?? [])];
    const started = performance.now();
    const child = execa(K3D, all, {
      reject: false,
      stdin: "ignore",
      env: { ...this.environment, ...saboteur?.env },
      timeout: LIMIT_MS,
      forceKillAfterDelay: 2000,
    });
    onStart?.(child.nodeChildProcess);
    if (child.stderr !== null && saboteur?.onLine !== undefined)
      createInterface({ input: child.stderr }).on("line", (line) => saboteur.onLine?.(line));
    const { exitCode, stderr, timedOut } = await child;
    return {
      command: `k3d ${all.join(" ")}`,
      exitCode,
      stderr: String(stderr),
      timedOut,
      ms: performance.now() - started,
    };
  }

  /** Everything of a cluster that the engine and this user's files hold. */
  async traces(cluster: string): Promise<string[]> {
    const [containers, networks, volumes, files, config] = await Promise.all([
      this.engine.containers(cluster),
      this.engine.networks(),
      this.engine.volumes(),
      readdir(this.home, { recursive: true }),
      readFile(this.kubeconfig, "utf8").catch(() => ""),
    ]);
    return [
      ...containers.map(({ name, running }) => `container ${name}${running ? "" : " stopped"}`),
      ...networks.filter((name) => name === `k3d-${cluster}`).map((name) => `network ${name}`),
      ...volumes
        .filter((name) => name.startsWith(`k3d-${cluster}-`))
        .map((name) => `volume ${name}`),
      ...(config.includes(`k3d-${cluster}`) ? [`kubeconfig k3d-${cluster}`] : []),
      ...files.filter((file) => /\.(lock|tmp)$/.test(file)).map((file) => `file ${file}`),
    ].toSorted();
  }
}

function foreignKubeconfig(name: string): string {
  return `apiVersion: v1
kind: Config
current-context: ${name}
clusters:
- name: ${name}
  cluster: { server: "https://${name}.example:6443" }
contexts:
- name: ${name}
  context: { cluster: ${name}, user: ${name} }
users:
- name: ${name}
  user: { token: "not-a-secret" }
`;
}
