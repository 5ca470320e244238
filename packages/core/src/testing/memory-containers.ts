import type { Readable } from "node:stream";
import { abortable, K3dError } from "../errors/index.js";
import type { CallOptions, ListOptions } from "../runtime/common.js";
import type {
  ContainerInfo,
  ContainerMountInfo,
  ContainerOperations,
  ContainerSummary,
  ExecOptions,
  ExecProcess,
  LogEntry,
  LogOptions,
  RemoveOptions,
  StopOptions,
} from "../runtime/containers.js";
import type { ContainerStats } from "../runtime/stats.js";
import { matchesSelector } from "../runtime/label-selector.js";
import type { ContainerSpec } from "../runtime/container-spec.js";
import { untilAborted } from "../runtime/until-aborted.js";
import { packTree, unpack } from "./archives.js";
import type { MemoryContainer } from "./container.js";
import { createContainer } from "./create-container.js";
import { assertRunning, forgetContainer, startContainer, stopContainer } from "./lifecycle.js";
import { runProcess } from "./run-process.js";
import { notFound, type MemoryWorld } from "./world.js";

export class MemoryContainers implements ContainerOperations {
  readonly #world: MemoryWorld;

  constructor(world: MemoryWorld) {
    this.#world = world;
  }

  async create(spec: ContainerSpec, { signal }: CallOptions = {}): Promise<string> {
    await this.#world.faults.enter("containers.create", spec.name, signal);
    return createContainer(this.#world, spec).id;
  }

  async start(id: string, { signal }: CallOptions = {}): Promise<void> {
    const container = await this.#enter("containers.start", id, signal);
    await startContainer(this.#world, container);
  }

  async stop(id: string, { signal, timeoutSeconds }: StopOptions = {}): Promise<void> {
    const container = await this.#enter("containers.stop", id, signal);
    await abortable(stopContainer(container, timeoutSeconds), signal);
  }

  async remove(
    id: string,
    { signal, force = false, volumes = true }: RemoveOptions = {},
  ): Promise<void> {
    const container = await this.#enter("containers.remove", id, signal);
    if (container.active && !force) {
      throw new K3dError("INVALID_INPUT", `Container '${container.name}' is running`, {
        hint: "Stop it first, or force its removal.",
      });
    }
    await stopContainer(container, 0);
    forgetContainer(this.#world, container, volumes);
  }

  async pause(id: string, { signal }: CallOptions = {}): Promise<void> {
    const container = await this.#enter("containers.pause", id, signal);
    assertRunning(container);
    container.setStatus("paused");
  }

  async unpause(id: string, { signal }: CallOptions = {}): Promise<void> {
    const container = await this.#enter("containers.unpause", id, signal);
    if (container.status === "paused") container.setStatus("running");
  }

  async rename(id: string, name: string, { signal }: CallOptions = {}): Promise<void> {
    const container = await this.#enter("containers.rename", id, signal);
    const other = this.#world.findContainer(name);
    if (other && other !== container) {
      throw new K3dError("NAME_IN_USE", `The name '${name}' is in use by another container`, {
        hint: "Choose another name.",
      });
    }
    container.name = name;
  }

  async inspect(id: string, { signal }: CallOptions = {}): Promise<ContainerInfo> {
    return this.#info(await this.#enter("containers.inspect", id, signal));
  }

  async list({ labels = {}, signal }: ListOptions = {}): Promise<ContainerSummary[]> {
    await this.#world.faults.enter("containers.list", "", signal);
    return [...this.#world.containers.values()]
      .filter((container) => matchesSelector(container.labels, labels))
      .map((container) => this.#summary(container));
  }

  async stats(id: string, { signal }: CallOptions = {}): Promise<ContainerStats> {
    const container = await this.#enter("containers.stats", id, signal);
    if (container.status !== "paused") assertRunning(container);
    const limit = container.spec.linux.resources?.memory?.limit;
    return {
      time: this.#world.now(),
      ...container.usage,
      memoryLimitBytes: limit,
      tasks: 1 + container.execs.size,
    };
  }

  async wait(id: string, { signal }: CallOptions = {}): Promise<number> {
    const container = await this.#enter("containers.wait", id, signal);
    await abortable(
      container.until(() => !container.active),
      signal,
    );
    return container.exitCode ?? 0;
  }

  async exec(id: string, options: ExecOptions): Promise<ExecProcess> {
    const { signal } = options;
    const container = await this.#enter("containers.exec", id, signal);
    assertRunning(container);
    const { process: spec } = container.spec;
    const cwd = options.cwd ?? spec.cwd;
    const user = options.user ?? spec.user;
    const process = runProcess(this.#world, container, {
      kind: "exec",
      args: options.args,
      env: [
        ...(this.#world.findImage(container.spec.image)?.config.env ?? []),
        ...spec.env,
        ...(options.env ?? []),
      ],
      cwd,
      user,
      privileged: options.privileged,
      stdin: options.stdin,
    });
    container.execs.add(process);
    void process.ended.then(() => container.execs.delete(process));
    const onAbort = (): void => {
      process.kill("SIGKILL");
    };
    for (const stream of [process.stdout, process.stderr]) untilAborted(stream, signal);
    signal?.addEventListener("abort", onAbort, { once: true });
    const exitCode = abortable(process.exitCode, signal).finally(() =>
      signal?.removeEventListener("abort", onAbort),
    );
    exitCode.catch(() => undefined);
    return { stdout: process.stdout, stderr: process.stderr, exitCode };
  }

  async *logs(id: string, options: LogOptions = {}): AsyncGenerator<LogEntry> {
    if (options.follow && options.signal?.aborted) return;
    const container = await this.#enter("containers.logs", id, options.signal);
    yield* container.logs.read(
      options,
      () => container.active && this.#world.containers.has(container.id),
    );
  }

  async putArchive(
    id: string,
    path: string,
    archive: Readable,
    { signal }: CallOptions = {},
  ): Promise<void> {
    try {
      const container = await this.#enter("containers.putArchive", id, signal);
      if (container.files.get(path)?.type !== "directory")
        throw notFound("directory", `${container.name}:${path}`);
      await abortable(unpack(container.files, path, archive), signal);
    } finally {
      if (!archive.readableEnded) archive.destroy();
    }
  }

  async getArchive(id: string, path: string, { signal }: CallOptions = {}): Promise<Readable> {
    const container = await this.#enter("containers.getArchive", id, signal);
    if (!container.files.get(path)) throw notFound("file", `${container.name}:${path}`);
    const archive = await packTree(container.files, path, this.#world.archiveOwners);
    return untilAborted(archive, signal);
  }

  async #enter(
    operation: `containers.${string}`,
    id: string,
    signal: AbortSignal | undefined,
  ): Promise<MemoryContainer> {
    await this.#world.faults.enter(operation, this.#world.findContainer(id)?.name ?? id, signal);
    return this.#world.container(id);
  }

  #summary(container: MemoryContainer): ContainerSummary {
    return {
      id: container.id,
      name: container.name,
      image: container.spec.image,
      status: container.status,
      labels: container.labels,
      created: container.created,
      networks: container.networks((id) => this.#world.networks.get(id)),
      ports: container.active ? container.ports : container.spec.ports,
    };
  }

  #info(container: MemoryContainer): ContainerInfo {
    const { spec, startedAt, finishedAt, exitCode, error } = container;
    return {
      ...this.#summary(container),
      hostname: spec.hostname ?? spec.name,
      ...(startedAt ? { startedAt } : {}),
      ...(finishedAt ? { finishedAt } : {}),
      exitCode,
      error,
      ...(container.main ? { pid: container.runs } : {}),
      restartCount: container.restartCount,
      spec: { ...spec, name: container.name, labels: container.labels },
      restartPolicy: spec.restartPolicy ?? { name: "no" },
      mounts: mountsOf(container),
    };
  }
}

function mountsOf(container: MemoryContainer): ContainerMountInfo[] {
  const declared = container.spec.mounts.map((mount) => ({
    type: mount.type,
    destination: mount.destination,
    source: mount.source,
    readOnly: mount.options?.includes("ro") ?? false,
  }));
  const anonymous = [...container.volumes]
    .filter((name) => name.startsWith(container.id))
    .map((name) => ({
      type: "volume" as const,
      destination: name.slice(container.id.length + 1),
      source: name,
      readOnly: false,
    }));
  const taken = new Set(anonymous.map((mount) => mount.destination));
  return [...declared.filter((mount) => !taken.has(mount.destination)), ...anonymous];
}
