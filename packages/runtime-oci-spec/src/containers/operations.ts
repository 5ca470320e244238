import type { Readable } from "node:stream";
import {
  abortable,
  K3dError,
  matchesSelector,
  throwIfAborted,
  type CallOptions,
  type ContainerInfo,
  type ContainerOperations,
  type ContainerSpec,
  type ContainerStats,
  type ContainerSummary,
  type ExecOptions,
  type ExecProcess,
  type ListOptions,
  type LogEntry,
  type LogOptions,
  type RemoveOptions,
  type StopOptions,
} from "@k3d/core/runtime";
import { packFrom } from "../archive/pack.ts";
import type { ContainerTree } from "../archive/tree.ts";
import { unpackInto } from "../archive/unpack.ts";
import { refreshHosts } from "../networks/hosts.ts";
import type { Engine } from "../engine/engine.ts";
import { containerNotFound, type ContainerRecord } from "../store/records.ts";
import { withSource } from "../host/with-source.ts";
import { createContainer } from "./create.ts";
import { execIn } from "./exec.ts";
import { hasEnded } from "./has-ended.ts";
import { describe, summarize } from "./from-native.ts";
import { look } from "./look.ts";
import { readLogs } from "./logs.ts";
import { removeContainer } from "./remove.ts";
import { liveContainer, liveContainers, runtime } from "../engine/runtime-program.ts";
import { startContainer } from "./start.ts";
import { readStats } from "./stats.ts";
import { stopContainer } from "./stop.ts";
import { treeOf } from "./tree-of.ts";
import { waitUntil } from "./wait.ts";

export class OciContainers implements ContainerOperations {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async create(spec: ContainerSpec, options: CallOptions = {}): Promise<string> {
    throwIfAborted(options.signal);
    return await createContainer(this.#engine, spec, options.signal);
  }

  async start(id: string, options: CallOptions = {}): Promise<void> {
    throwIfAborted(options.signal);
    await startContainer(this.#engine, await this.#engine.records.resolve(id), options.signal);
  }

  async stop(id: string, options: StopOptions = {}): Promise<void> {
    throwIfAborted(options.signal);
    await stopContainer(this.#engine, await this.#find(id), options);
  }

  async remove(id: string, options: RemoveOptions = {}): Promise<void> {
    throwIfAborted(options.signal);
    await removeContainer(this.#engine, await this.#engine.records.resolve(id), options);
  }

  async pause(id: string, options: CallOptions = {}): Promise<void> {
    await this.#whileRunning(id, "pause", options);
  }

  async unpause(id: string, options: CallOptions = {}): Promise<void> {
    await this.#whileRunning(id, "resume", options);
  }

  async rename(id: string, name: string, options: CallOptions = {}): Promise<void> {
    throwIfAborted(options.signal);
    const { records, locks } = this.#engine;
    const { id: fullId } = await this.#find(id);
    const renamed = await locks.with(`container-${fullId}`, async () => {
      const record = await records.read(fullId);
      if (!record) throw containerNotFound(id);
      if (record.name === name) return record;
      await records.claimName(
        name,
        fullId,
        async (owner) => (await records.read(owner)) !== undefined,
        record.name,
      );
      await records.write({ ...record, name });
      await records.releaseName(record.name, fullId);
      return record;
    });
    await refreshHosts(
      this.#engine,
      renamed.networks.map((network) => network.name),
    );
  }

  async inspect(id: string, options: CallOptions = {}): Promise<ContainerInfo> {
    throwIfAborted(options.signal);
    const record = await this.#find(id);
    const [sight, networks] = await Promise.all([
      look(this.#engine, record, undefined, options.signal),
      this.#engine.networks.all(),
    ]);
    return await describe(this.#engine, { record, sight, networks });
  }

  async list(options: ListOptions = {}): Promise<ContainerSummary[]> {
    throwIfAborted(options.signal);
    const all = await this.#engine.records.all();
    const wanted = all.filter(({ spec }) => matchesSelector(spec.labels, options.labels ?? {}));
    if (wanted.length === 0) return [];
    const [live, networks] = await Promise.all([
      liveContainers(this.#engine, options.signal),
      this.#engine.networks.all(),
    ]);
    return await Promise.all(
      wanted.map(async (record) =>
        summarize({
          record,
          sight: await look(this.#engine, record, { live: live.get(record.id) }),
          networks,
        }),
      ),
    );
  }

  async stats(id: string, options: CallOptions = {}): Promise<ContainerStats> {
    throwIfAborted(options.signal);
    return await readStats(this.#engine, await this.#find(id), options.signal);
  }

  async wait(id: string, options: CallOptions = {}): Promise<number> {
    return await abortable(this.#wait(id, options), options.signal);
  }

  async #wait(id: string, options: CallOptions): Promise<number> {
    const { id: fullId } = await this.#find(id);
    const isOver = async () => {
      const { phase } = await this.#engine.records.readState(fullId);
      return phase === "created" || (await hasEnded(this.#engine, fullId));
    };
    await waitUntil(this.#engine, fullId, isOver, { signal: options.signal });
    return (await this.inspect(fullId)).exitCode ?? 0;
  }

  async exec(id: string, options: ExecOptions): Promise<ExecProcess> {
    throwIfAborted(options.signal);
    return await execIn(this.#engine, await this.#find(id), options);
  }

  async *logs(id: string, options: LogOptions = {}): AsyncIterable<LogEntry> {
    yield* readLogs(this.#engine, await this.#find(id), options);
  }

  async putArchive(
    id: string,
    path: string,
    archive: Readable,
    options: CallOptions = {},
  ): Promise<void> {
    await withSource(archive, async () => {
      throwIfAborted(options.signal);
      const record = await this.#find(id);
      await this.#withTree(record, options.signal, (tree) =>
        unpackInto(tree, path, archive, options.signal),
      );
    });
  }

  async getArchive(id: string, path: string, options: CallOptions = {}): Promise<Readable> {
    throwIfAborted(options.signal);
    const record = await this.#find(id);
    return await this.#withTree(record, options.signal, (tree) =>
      packFrom(tree, path, options.signal),
    );
  }

  /** What does not run is worked on under its lock, so that it is neither started nor removed meanwhile. */
  async #withTree<T>(
    found: ContainerRecord,
    signal: AbortSignal | undefined,
    use: (tree: ContainerTree) => Promise<T>,
  ): Promise<T> {
    const { id, name } = found;
    const running = await liveContainer(this.#engine, id, signal);
    if (running?.status === "running") return await use(await treeOf(this.#engine, found, running));
    const lookUp = async () => {
      const record = await this.#engine.records.read(id);
      if (!record) throw containerNotFound(name);
      const { phase } = await this.#engine.records.readState(id);
      if (phase === "removing")
        throw new K3dError("INVALID_INPUT", `Container '${name}' is being removed`, {
          hint: "If its removal was interrupted, remove it again",
        });
      const live = await liveContainer(this.#engine, id, signal);
      return await use(await treeOf(this.#engine, record, live));
    };
    return await this.#engine.locks.with(`container-${id}`, lookUp, { signal });
  }

  async #find(id: string): Promise<ContainerRecord> {
    const record = await this.#engine.records.read(await this.#engine.records.resolve(id));
    if (record) return record;
    throw containerNotFound(id);
  }

  async #whileRunning(
    id: string,
    command: "pause" | "resume",
    options: CallOptions,
  ): Promise<void> {
    throwIfAborted(options.signal);
    const record = await this.#find(id);
    await this.#engine.locks.with(
      `container-${record.id}`,
      async () => {
        const live = await liveContainer(this.#engine, record.id, options.signal);
        if (live?.status !== "running" && live?.status !== "paused") {
          throw new K3dError("CONTAINER_FAILED", `Container '${record.name}' is not running`);
        }
        const isDone = live.status === (command === "pause" ? "paused" : "running");
        if (!isDone) await runtime(this.#engine, [command, record.id], { signal: options.signal });
      },
      { signal: options.signal },
    );
  }
}
