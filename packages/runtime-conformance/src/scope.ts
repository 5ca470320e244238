import { Readable } from "node:stream";
import {
  isK3dError,
  type ContainerRuntime,
  type ContainerSpec,
  type ExecOptions,
  type LogEntry,
  type LogOptions,
  type NetworkInfo,
  type NetworkSpec,
} from "@k3d/core/runtime";
import { eventually } from "./poll.js";
import { programs } from "./programs.js";

export type SpecParts = Partial<Omit<ContainerSpec, "process">> & {
  process?: Partial<ContainerSpec["process"]>;
  args?: string[];
};

export interface CommandResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Label that everything of one run carries. */
export const RUN_LABEL = "k3d.conformance";
/** Label that tells apart what the tests of a run make. */
const SCOPE_LABEL = "k3d.conformance.scope";

/** The letters by which names tell what bears them. */
type NamedKind = "c" | "n" | "v";

export interface ScopeOptions {
  runtime: ContainerRuntime;
  busybox: string;
  runId: string;
  /** Tells this scope from the others of the run. */
  id: string;
  /** See {@link Scope.idle}. */
  idle: () => Promise<string>;
  /** See {@link Scope.eventually}. */
  limitMs: number;
}

/** What one test works with; everything made through it is labelled, and removed when the test ends. */
export class Scope {
  readonly runtime: ContainerRuntime;
  readonly busybox: string;
  /** Of everything that this test makes, and of nothing else. */
  readonly labels: Record<string, string>;
  /**
   * Name of an idle container with `IDLE=yes` in its environment, which the tests of a group share:
   * they may look at it and run commands in it, and leave it running.
   */
  readonly idle: () => Promise<string>;
  readonly #limitMs: number;
  readonly #prefix: string;
  readonly #named: Record<NamedKind, string[]> = { c: [], n: [], v: [] };
  readonly #cleanups: (() => Promise<unknown>)[] = [];
  #count = 0;

  constructor({ runtime, busybox, runId, id, idle, limitMs }: ScopeOptions) {
    this.runtime = runtime;
    this.busybox = busybox;
    this.idle = idle;
    this.labels = { [RUN_LABEL]: runId, [SCOPE_LABEL]: id };
    this.#limitMs = limitMs;
    this.#prefix = `k3dconf-${runId}-${id}`;
  }

  /** A name that no other test uses, of a container (`c`), network (`n`) or volume (`v`) that is removed when the test ends. */
  name(kind: NamedKind = "c"): string {
    const name = this.unused(kind);
    this.#named[kind].push(name);
    return name;
  }

  /** A name that no other test uses, and that nothing will bear. */
  unused(suffix = "none"): string {
    this.#count += 1;
    return `${this.#prefix}-${suffix}${this.#count}`;
  }

  /** A spec of an idle container, changed as told. */
  spec({ process, args, ...parts }: SpecParts = {}): ContainerSpec {
    return {
      name: this.name(),
      image: this.busybox,
      mounts: [],
      linux: {},
      networks: [],
      ports: [],
      ...parts,
      labels: { ...this.labels, ...parts.labels },
      process: { env: [], args: args ?? programs.idle(), ...process },
    };
  }

  /** Creates a container. @returns its name. */
  async create(parts: SpecParts = {}): Promise<string> {
    const spec = this.spec(parts);
    await this.runtime.containers.create(spec);
    return spec.name;
  }

  /** Creates and starts a container. @returns its name. */
  async start(parts: SpecParts = {}): Promise<string> {
    const name = await this.create(parts);
    await this.runtime.containers.start(name);
    return name;
  }

  network(parts: Partial<NetworkSpec> = {}): Promise<NetworkInfo> {
    return this.runtime.networks.create({
      name: this.name("n"),
      ...parts,
      labels: { ...this.labels, ...parts.labels },
    });
  }

  /** Creates a volume. @returns its name. */
  async volume(labels: Record<string, string> = {}): Promise<string> {
    const name = this.name("v");
    await this.runtime.volumes.create({ name, labels: { ...this.labels, ...labels } });
    return name;
  }

  /** A subnet that is free, as the engine itself chooses one. */
  async freeSubnet(): Promise<string> {
    const network = await this.network();
    await this.runtime.networks.remove(network.id);
    const subnet = network.subnets[0]?.subnet;
    if (subnet === undefined) throw new Error(`network ${network.name} has no subnet`);
    return subnet;
  }

  /** Runs a command in a container to its end. */
  async run(
    container: string,
    args: string[],
    options: Omit<ExecOptions, "args" | "stdin"> & { input?: string } = {},
  ): Promise<CommandResult> {
    const { input, ...rest } = options;
    const command = await this.runtime.containers.exec(container, {
      ...rest,
      args,
      ...(input === undefined ? {} : { stdin: Readable.from([Buffer.from(input)]) }),
    });
    const [stdout, stderr, exitCode] = await Promise.all([
      text(command.stdout),
      text(command.stderr),
      command.exitCode,
    ]);
    return { exitCode, stdout, stderr };
  }

  /** Standard output of a command, without the white space around it. @throws when the command fails. */
  async output(
    container: string,
    args: string[],
    options: Omit<ExecOptions, "args" | "stdin"> = {},
  ): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(container, args, options);
    if (exitCode !== 0)
      throw new Error(`${args.slice(3).join(" ")} ended with ${exitCode}: ${stderr}`);
    return stdout.trim();
  }

  /** All log entries of a container. */
  async log(container: string, options: LogOptions = {}): Promise<LogEntry[]> {
    const entries: LogEntry[] = [];
    for await (const entry of this.runtime.containers.logs(container, options)) entries.push(entry);
    return entries;
  }

  /** All log lines, once the container has ended. */
  async linesAfterEnd(container: string): Promise<string[]> {
    return (await this.log(container, { follow: true })).map(({ line }) => line);
  }

  /** Follows a log until a line comes. */
  async untilLine(container: string, wanted: string): Promise<void> {
    for await (const { line } of this.runtime.containers.logs(container, { follow: true }))
      if (line === wanted) return;
    throw new Error(`the log of ${container} ended without the line "${wanted}"`);
  }

  /** Runs `attempt` until it neither throws nor returns `undefined`. @throws what the last one threw, when it takes too long. */
  eventually<T>(attempt: () => Promise<T | undefined> | T | undefined): Promise<T> {
    return eventually(attempt, this.#limitMs);
  }

  /** Runs `cleanup` when the test ends; failures of it fail the test. */
  defer(cleanup: () => Promise<unknown>): void {
    this.#cleanups.push(cleanup);
  }

  /** Removes what the test made. What bears a name that the scope does not know is left to {@link sweep}. */
  async dispose(): Promise<void> {
    for (const cleanup of this.#cleanups.toReversed()) await cleanup();
    const { containers, networks, volumes } = this.runtime;
    const { c, n, v } = this.#named;
    await allGone(c, (name) => containers.remove(name, { force: true }));
    await allGone(n, (name) => networks.remove(name));
    await allGone(v, (name) => volumes.remove(name));
  }
}

/** Some are gone already, and some never came to be. */
async function allGone(
  names: readonly string[],
  remove: (name: string) => Promise<void>,
): Promise<void> {
  await Promise.all(
    names.map((name) =>
      remove(name).catch((error: unknown) => {
        if (!isK3dError(error, "NOT_FOUND")) throw error;
      }),
    ),
  );
}

/** Removes everything with these labels. */
export async function sweep(
  runtime: ContainerRuntime,
  labels: Record<string, string>,
): Promise<void> {
  const containers = await runtime.containers.list({ labels });
  await Promise.all(containers.map(({ id }) => runtime.containers.remove(id, { force: true })));
  const networks = await runtime.networks.list({ labels });
  await Promise.all(networks.map(({ id }) => runtime.networks.remove(id)));
  if (!(await runtime.capabilities).volumes) return;
  const volumes = await runtime.volumes.list({ labels });
  await Promise.all(volumes.map(({ name }) => runtime.volumes.remove(name)));
}

export async function text(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(chunks).toString("utf8");
}
