import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, type Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { setTimeout } from "node:timers/promises";
import {
  isK3dError,
  K3dError,
  labelFilters,
  parseAnswer,
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
import type { Cli } from "./cli.js";
import {
  containerInfo,
  containerStatus,
  containerSummary,
  type ContainerJson,
} from "./container-info.js";
import { createCommand } from "./create-args.js";
import { failure, type FailureRule } from "./failure.js";
import { containerLogs } from "./logs.js";
import { feed, firstByte, outputOf } from "./streams.js";

const REFUSED: FailureRule = {
  pattern:
    /invalid (argument|reference|mount|port|volume|ip)|not a valid|is not permitted|must be|bad format|conflicting options|unknown (flag|capability)/i,
  code: "INVALID_INPUT",
};
const NO_PROCESS: FailureRule = {
  pattern:
    /executable file not found|no such file or directory|permission denied|exec format error|is a directory|failed to create (shim )?task|oci runtime/i,
  code: "CONTAINER_FAILED",
};
const RUNS: FailureRule = {
  pattern: /(cannot|could not) remove|is (running|paused)|stop the container/i,
  code: "INVALID_INPUT",
  hint: "Stop it first, or remove it by force",
};
const NO_PATH: FailureRule = {
  pattern: /could not find the file|no such file or directory|not a directory|does not exist/i,
  code: "NOT_FOUND",
};

/** How often, and after how many milliseconds each, it is looked whether somebody else has removed a container. */
const REMOVAL_LOOKS = 100;
const REMOVAL_LOOK_MS = 100;

/** Containers by the command line. */
export class NerdctlContainers implements ContainerOperations {
  constructor(private readonly cli: Cli) {}

  async create(spec: ContainerSpec, { signal }: CallOptions = {}): Promise<string> {
    // Some releases take any name, and fail at the start.
    for (const { name } of spec.hostNetwork ? [] : spec.networks) {
      const context = { action: `create container '${spec.name}' on network '${name}'` };
      await this.cli.text(["network", "inspect", name], context, { signal });
    }
    const directory = await mkdtemp(join(tmpdir(), "k3d-nerdctl-"));
    try {
      const labelFile = join(directory, "labels");
      const { args, env, labels } = createCommand(spec, labelFile);
      await writeFile(labelFile, `${labels.join("\n")}\n`, { mode: 0o600 });
      const context = { action: `create container '${spec.name}'`, rules: [REFUSED] };
      return (await this.cli.text(args, context, { signal, env })).trim();
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  async start(id: string, { signal }: CallOptions = {}): Promise<void> {
    const json = await this.#inspect(id, { signal });
    const status = containerStatus(json);
    if (status === "running" || status === "paused") return;
    const context = { action: `start container '${id}'`, rules: [NO_PROCESS] };
    const result = await this.cli.run(["start", json.Id], { signal });
    if (result.exitCode === 0) return;
    throw failure(result, { ...context, rules: inUse(result.stderr) ? [] : context.rules }, []);
  }

  async stop(id: string, { timeoutSeconds, signal }: StopOptions = {}): Promise<void> {
    const json = await this.#inspect(id, { signal });
    const seconds = timeoutSeconds ?? containerInfo(json).spec.stopTimeout;
    const time = seconds === undefined ? [] : [`--time=${seconds}`];
    await this.cli.text(
      ["stop", ...time, json.Id],
      { action: `stop container '${id}'` },
      { signal },
    );
  }

  async remove(
    id: string,
    { force = false, volumes = true, signal }: RemoveOptions = {},
  ): Promise<void> {
    const json = await this.#inspect(id, { signal });
    const args = ["rm", ...(force ? ["--force"] : []), ...(volumes ? ["--volumes"] : []), json.Id];
    const result = await this.cli.run(args, { signal });
    if (result.exitCode === 0) return;
    // Somebody else removes it: done when it is gone.
    if (/removal of container .* is already in progress/i.test(result.stderr))
      return this.#untilGone(json.Id, { signal });
    throw failure(result, { action: `remove container '${id}'`, rules: [RUNS] }, args);
  }

  async #untilGone(id: string, options: CallOptions): Promise<void> {
    for (let left = REMOVAL_LOOKS; left > 0; left--) {
      try {
        await this.#inspect(id, options);
      } catch (error) {
        if (isK3dError(error, "NOT_FOUND")) return;
        throw error;
      }
      await setTimeout(REMOVAL_LOOK_MS, undefined, { signal: options.signal });
    }
    throw new K3dError("RUNTIME_ERROR", `Container '${id}' is being removed by somebody else`);
  }

  async pause(id: string, { signal }: CallOptions = {}): Promise<void> {
    await this.cli.text(["pause", id], { action: `pause container '${id}'` }, { signal });
  }

  async unpause(id: string, { signal }: CallOptions = {}): Promise<void> {
    await this.cli.text(["unpause", id], { action: `unpause container '${id}'` }, { signal });
  }

  async rename(id: string, name: string, { signal }: CallOptions = {}): Promise<void> {
    await this.cli.text(["rename", id, name], { action: `rename container '${id}'` }, { signal });
  }

  async inspect(id: string, options: CallOptions = {}): Promise<ContainerInfo> {
    return containerInfo(await this.#inspect(id, options));
  }

  async list({ labels = {}, signal }: ListOptions = {}): Promise<ContainerSummary[]> {
    const context = { action: "list containers" };
    const filters = labelFilters(labels).flatMap((filter) => ["--filter", `label=${filter}`]);
    const ids = await this.cli.text(["ps", "--all", "--quiet", "--no-trunc", ...filters], context, {
      signal,
    });
    const all = ids.split("\n").filter(Boolean);
    if (all.length === 0) return [];
    // Those that somebody removes meanwhile are missing in the answer, which is no failure.
    const result = await this.cli.run(["container", "inspect", ...all], { signal });
    const found =
      result.stdout.trim() === ""
        ? []
        : parseAnswer<ContainerJson[]>(result.stdout, context.action);
    if (result.exitCode !== 0) {
      const error = failure(result, context, []);
      if (error.code !== "NOT_FOUND") throw error;
    }
    return found.map(containerSummary);
  }

  /** `stats` prints rounded figures for people: the runtime declares that it cannot. */
  stats(): Promise<ContainerStats> {
    return Promise.reject(new K3dError("UNSUPPORTED", "nerdctl tells no exact figures"));
  }

  async wait(id: string, { signal }: CallOptions = {}): Promise<number> {
    const { Id, State } = await this.#inspect(id, { signal });
    const status = State.Status.toLowerCase();
    if (status === "created") return 0;
    if (status === "exited" || status === "dead") return State.ExitCode ?? 0;
    const context = { action: `wait for container '${id}'` };
    return Number.parseInt(await this.cli.text(["wait", Id], context, { signal }), 10);
  }

  async exec(
    id: string,
    { args, env = [], cwd, user, privileged, stdin, signal }: ExecOptions,
  ): Promise<ExecProcess> {
    const json = await this.#inspect(id, { signal });
    if (containerStatus(json) !== "running") {
      stdin?.destroy();
      throw new K3dError("CONTAINER_FAILED", `Container '${id}' is not running`);
    }
    const command = [
      "exec",
      ...(stdin ? ["--interactive"] : []),
      ...env.flatMap((entry) => ["--env", entry]),
      ...(cwd === undefined ? [] : ["--workdir", cwd]),
      ...(user === undefined ? [] : ["--user", user]),
      ...(privileged ? ["--privileged"] : []),
      json.Id,
      ...args,
    ];
    const running = this.cli.stream(command, { signal });
    let broken: Error | undefined;
    if (stdin === undefined) running.stdin.end();
    else {
      const end = (): void => {
        if (stdin.readableEnded) return;
        broken = stdin.errored ?? new Error("the data ended before it was complete");
        running.kill();
      };
      stdin.on("error", end).once("close", end);
      if (stdin.destroyed) end();
      else stdin.pipe(running.stdin);
    }
    const stdout = running.stdout.pipe(new PassThrough());
    const stderr = running.stderr.pipe(new PassThrough());
    for (const [source, target] of [
      [running.stdout, stdout],
      [running.stderr, stderr],
    ] as const)
      source.on("error", () => target.end()).once("close", () => target.end());
    const exitCode = Promise.all([
      running.exitCode,
      finished(stdout).catch(() => {}),
      finished(stderr).catch(() => {}),
    ])
      .then(
        ([code]) => code,
        (error: unknown) => {
          if (broken === undefined) throw error;
          throw new K3dError("INVALID_INPUT", `Cannot feed the command: ${broken.message}`, {
            cause: broken,
          });
        },
      )
      .finally(() => stdin?.destroy());
    exitCode.catch(() => {});
    return { stdout, stderr, exitCode };
  }

  logs(id: string, options: LogOptions = {}): AsyncIterable<LogEntry> {
    return containerLogs(this.cli, id, options);
  }

  async putArchive(
    id: string,
    path: string,
    archive: Readable,
    { signal }: CallOptions = {},
  ): Promise<void> {
    archive.on("error", () => {});
    try {
      // Some releases take one that is not there for a directory that is not.
      await this.#inspect(id, { signal });
      const running = this.cli.stream(["cp", "-", `${id}:${path}`], { signal });
      await feed(running, archive, {
        action: `copy files to ${path} in container '${id}'`,
        rules: [NO_PATH],
      });
    } finally {
      archive.destroy();
    }
  }

  async getArchive(id: string, path: string, { signal }: CallOptions = {}): Promise<Readable> {
    const running = this.cli.stream(["cp", `${id}:${path}`, "-"], { signal });
    const output = outputOf(running, {
      action: `copy ${path} from container '${id}'`,
      rules: [NO_PATH],
    });
    await firstByte(output);
    return output;
  }

  async #inspect(id: string, { signal }: CallOptions): Promise<ContainerJson> {
    const context = { action: `inspect container '${id}'` };
    const [json] = await this.cli.json<ContainerJson[]>(["container", "inspect", id], context, {
      signal,
    });
    if (json !== undefined) return json;
    throw new K3dError("NOT_FOUND", `There is no container '${id}'`);
  }
}

/** A port or an address in use is worded like a process that cannot be started. */
function inUse(stderr: string): boolean {
  return /already (allocated|in use)|address already in use|failed to bind/i.test(stderr);
}
