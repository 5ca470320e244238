import type { Readable } from "node:stream";
import {
  abortable,
  isK3dError,
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
import type { BootUnits } from "../boot/boot-units.js";
import type { FailureRule } from "../command/failure.js";
import type { PodmanCli } from "../command/podman-cli.js";
import { imageCandidates } from "../images/candidates.js";
import { getArchive, putArchive } from "./archives.js";
import { containerInfo, containerStatus, containerSummary } from "./from-native.js";
import { createCommand } from "./to-native.js";
import { execInContainer } from "./exec.js";
import { byLabels, inspectContainer, inspectContainers } from "./inspect.js";
import { containerLogs } from "./logs.js";
import { removeContainer } from "./remove.js";
import { withSecretFile } from "./secret-labels.js";
import { startContainer } from "./start.js";
import { readStats } from "./stats.js";
import { stopContainer } from "./stop.js";

const IMPROPER_STATE: FailureRule = {
  pattern: /container state improper|is not running|is not paused|is already paused/i,
  code: "CONTAINER_FAILED",
};

export interface ContainerContext {
  cli: PodmanCli;
  /** Whether podman may set a limit on processes here. */
  pidsLimit: boolean;
  /** Whether podman runs on this machine, and its containers with it. */
  local: boolean;
  /** For files that live for one command. */
  tempDir: string;
  /** Starts containers after a reboot of the host; absent where nothing can. */
  bootUnits?: BootUnits;
}

/** Containers by the `podman` command. */
export class PodmanContainers implements ContainerOperations {
  readonly #cli: PodmanCli;
  readonly #context: ContainerContext;

  constructor(context: ContainerContext) {
    this.#cli = context.cli;
    this.#context = context;
  }

  async create(spec: ContainerSpec, options: CallOptions = {}): Promise<string> {
    const [image = spec.image, ...others] = imageCandidates(spec.image);
    try {
      return await this.#create(spec, image, options);
    } catch (error) {
      const [next] = others;
      if (next === undefined || !isK3dError(error, "IMAGE_NOT_FOUND")) throw error;
      return this.#create(spec, next, options).catch((second: unknown) => {
        throw isK3dError(second, "IMAGE_NOT_FOUND") ? error : second;
      });
    }
  }

  async start(id: string, options: CallOptions = {}): Promise<void> {
    const { bootUnits } = this.#context;
    if (bootUnits === undefined) return startContainer(this.#cli, id, options);
    const info = await this.inspect(id, options);
    const enabled = await bootUnits.enable(info);
    try {
      await startContainer(this.#cli, id, options);
    } catch (error) {
      // Whether that works or not, the failed start is the news.
      if (enabled) await bootUnits.disable(info.name).catch(() => undefined);
      throw error;
    }
  }

  async stop(id: string, options: StopOptions = {}): Promise<void> {
    const json = await stopContainer(this.#cli, id, options);
    await this.#context.bootUnits?.disable(json.Name);
  }

  async remove(id: string, options: RemoveOptions = {}): Promise<void> {
    const { Name: name } = await removeContainer(this.#cli, id, options);
    // It is removed; a unit that stays does nothing without its container.
    await this.#context.bootUnits?.disable(name).catch(() => undefined);
  }

  async pause(id: string, options: CallOptions = {}): Promise<void> {
    const context = { action: `pause container '${id}'`, rules: [IMPROPER_STATE] };
    await this.#cli.text(["pause", id], context, options);
  }

  async unpause(id: string, options: CallOptions = {}): Promise<void> {
    const context = { action: `unpause container '${id}'`, rules: [IMPROPER_STATE] };
    await this.#cli.text(["unpause", id], context, options);
  }

  async rename(id: string, name: string, options: CallOptions = {}): Promise<void> {
    const { bootUnits } = this.#context;
    const before = bootUnits === undefined ? undefined : await this.inspect(id, options);
    const enabled = before !== undefined && (await bootUnits?.enableAlso(before.name, name));
    try {
      await this.#cli.text(
        ["rename", id, name],
        { action: `rename container '${id}' to ${name}`, fallback: "INVALID_INPUT" },
        options,
      );
    } catch (error) {
      if (enabled) await bootUnits?.disable(name).catch(() => undefined);
      throw error;
    }
    // A unit that stays does nothing without a container of the old name.
    if (before !== undefined) await bootUnits?.disable(before.name).catch(() => undefined);
  }

  async inspect(id: string, options: CallOptions = {}): Promise<ContainerInfo> {
    return containerInfo(await inspectContainer(this.#cli, id, options));
  }

  async list({ labels = {}, signal }: ListOptions = {}): Promise<ContainerSummary[]> {
    const found = await inspectContainers(this.#cli, byLabels(labels), { signal });
    return found.map(containerSummary);
  }

  stats(id: string, options: CallOptions = {}): Promise<ContainerStats> {
    return readStats(this.#cli, id, options);
  }

  wait(id: string, options: CallOptions = {}): Promise<number> {
    // Nothing is left half-done by it, so nobody has to wait for the end of its processes.
    return abortable(this.#wait(id, options), options.signal);
  }

  exec(id: string, options: ExecOptions): Promise<ExecProcess> {
    return execInContainer(this.#cli, id, options);
  }

  logs(id: string, options: LogOptions = {}): AsyncIterable<LogEntry> {
    return containerLogs(this.#cli, id, options, this.#context.local);
  }

  putArchive(
    id: string,
    path: string,
    archive: Readable,
    options: CallOptions = {},
  ): Promise<void> {
    return putArchive(this.#cli, { id, path, archive, tempDir: this.#context.tempDir }, options);
  }

  getArchive(id: string, path: string, options: CallOptions = {}): Promise<Readable> {
    return getArchive(this.#cli, { id, path }, options);
  }

  async #wait(id: string, options: CallOptions): Promise<number> {
    const json = await inspectContainer(this.#cli, id, options);
    const status = containerStatus(json);
    if (status === "created" || status === "stopped") return json.State.ExitCode;
    const args = ["wait", "--interval=100ms", id];
    const code = await this.#cli.text(args, { action: `wait for container '${id}'` }, options);
    return Number(code.trim());
  }

  async #create(spec: ContainerSpec, image: string, { signal }: CallOptions): Promise<string> {
    const { pidsLimit, tempDir } = this.#context;
    const { args, env, secretLabels } = createCommand(spec, { image, pidsLimit });
    const [subcommand = "create", ...rest] = args;
    const output = await withSecretFile(tempDir, secretLabels, (file) =>
      this.#cli.text(
        [subcommand, ...(file === undefined ? [] : ["--label-file", file]), ...rest],
        { action: `create container '${spec.name}'`, fallback: "INVALID_INPUT" },
        signal === undefined ? { env } : { env, signal },
      ),
    );
    return output.trim();
  }
}
