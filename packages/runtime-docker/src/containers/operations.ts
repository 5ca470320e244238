import { throwIfAborted } from "@k3d/core/runtime";
import type { Readable } from "node:stream";
import type {
  CallOptions,
  ContainerInfo,
  ContainerOperations,
  ContainerSpec,
  ContainerStats,
  ContainerSummary,
  ExecOptions,
  ExecProcess,
  ListOptions,
  LogEntry,
  LogOptions,
  RemoveOptions,
  StopOptions,
} from "@k3d/core/runtime";
import type { Engine } from "../engine/engine.js";
import { engineMessage, statusOf } from "../engine/errors.js";
import { filters } from "../engine/filters.js";
import { getArchive, putArchive } from "./archives.js";
import { createContainer } from "./create.js";
import { execute } from "./exec.js";
import { toInfo, toSummary } from "./from-native.js";
import { readLogs } from "./logs.js";
import { startContainer } from "./start.js";
import { readStats } from "./stats.js";
import { waitForContainer } from "./wait.js";

const NOT_MODIFIED = 304;
const CONFLICT = 409;

/** Runs `request`, taking "it is so already" for success. */
async function idempotent(
  request: () => Promise<unknown>,
  isAlready: (error: unknown) => boolean,
): Promise<void> {
  try {
    await request();
  } catch (error) {
    if (!isAlready(error)) throw error;
  }
}

/** Containers of a Docker engine. */
export class DockerContainers implements ContainerOperations {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  create(spec: ContainerSpec, options: CallOptions = {}): Promise<string> {
    return createContainer(this.#engine, spec, options);
  }

  start(id: string, options: CallOptions = {}): Promise<void> {
    return startContainer(this.#engine, id, options);
  }

  async stop(id: string, { signal, timeoutSeconds }: StopOptions = {}): Promise<void> {
    await this.#engine.call("stop", "container", id, signal, (options) =>
      idempotent(
        () => this.#container(id).stop({ ...options, t: timeoutSeconds }),
        (error) => statusOf(error) === NOT_MODIFIED,
      ),
    );
  }

  async remove(
    id: string,
    { signal, force = false, volumes = true }: RemoveOptions = {},
  ): Promise<void> {
    await this.#engine.call("remove", "container", id, signal, async (options) => {
      try {
        await this.#container(id).remove({ ...options, force, v: volumes });
      } catch (error) {
        if (statusOf(error) !== CONFLICT || !/already in progress/i.test(engineMessage(error)))
          throw error;
        await idempotent(
          () => waitForContainer(this.#engine, id, "removed", options.abortSignal),
          (waitError) => statusOf(waitError) === 404,
        );
      }
    });
  }

  async pause(id: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#engine.call("pause", "container", id, signal, (options) =>
      this.#container(id).pause(options),
    );
  }

  async unpause(id: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#engine.call("unpause", "container", id, signal, (options) =>
      this.#container(id).unpause(options),
    );
  }

  async rename(id: string, name: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#engine.call("rename", "container", id, signal, (options) =>
      this.#container(id).rename({ ...options, name }),
    );
  }

  async inspect(id: string, { signal }: CallOptions = {}): Promise<ContainerInfo> {
    return toInfo(
      await this.#engine.call("inspect", "container", id, signal, (options) =>
        this.#container(id).inspect(options),
      ),
    );
  }

  async list({ labels = {}, signal }: ListOptions = {}): Promise<ContainerSummary[]> {
    throwIfAborted(signal);
    const containers =
      this.#engine.takeFirstList(labels) ??
      (await this.#engine.call("list the containers of", "engine", "", signal, (options) =>
        this.#engine.docker.listContainers({ ...options, all: true, ...filters(labels) }),
      ));
    return containers.map(toSummary);
  }

  stats(id: string, options: CallOptions = {}): Promise<ContainerStats> {
    return readStats(this.#engine, id, options);
  }

  wait(id: string, { signal }: CallOptions = {}): Promise<number> {
    return this.#engine.call("wait for", "container", id, signal, ({ abortSignal }) =>
      waitForContainer(this.#engine, id, "not-running", abortSignal),
    );
  }

  exec(id: string, options: ExecOptions): Promise<ExecProcess> {
    return execute(this.#engine, id, options);
  }

  logs(id: string, options: LogOptions = {}): AsyncIterable<LogEntry> {
    return readLogs(this.#engine, id, options);
  }

  putArchive(
    id: string,
    path: string,
    archive: Readable,
    options: CallOptions = {},
  ): Promise<void> {
    return putArchive(this.#engine, id, path, archive, options);
  }

  getArchive(id: string, path: string, options: CallOptions = {}): Promise<Readable> {
    return getArchive(this.#engine, id, path, options);
  }

  #container(id: string): ReturnType<Engine["docker"]["getContainer"]> {
    return this.#engine.docker.getContainer(id);
  }
}
