import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { Options } from "execa";
import {
  abortError,
  isK3dError,
  K3dError,
  type ExecOptions,
  type ExecProcess,
} from "@k3d/core/runtime";
import { ownCapabilities } from "../host/facts.ts";
import { endOnExit, OWN_GROUP } from "../host/children.ts";
import { signalProcess } from "../host/signal-process.ts";
import type { Engine } from "../engine/engine.ts";
import { ignoreMissing, readJson, writeJson } from "../host/json-file.ts";
import { Scratch } from "../store/scratch.ts";
import type { ContainerRecord } from "../store/records.ts";
import type { OciConfig } from "../translation/oci-config.ts";
import { ociExecProcess } from "../translation/process.ts";
import { execOutcome } from "./exec-outcome.ts";
import { feed, outputOf, streamEnded } from "./exec-streams.ts";
import { globalArgs, liveContainer } from "../engine/runtime-program.ts";
import { treeOf } from "./tree-of.ts";
import { resolveUser } from "./users.ts";

/** Runs a command inside a running container. */
export async function execIn(
  engine: Engine,
  record: ContainerRecord,
  options: ExecOptions,
): Promise<ExecProcess> {
  // It may fail before it is read.
  options.stdin?.on("error", () => undefined);
  const live = await liveContainer(engine, record.id, options.signal);
  if (live?.status !== "running") {
    throw new K3dError("CONTAINER_FAILED", `Container '${record.name}' is not running`, {
      hint: "Start it first",
    });
  }
  const config = await readJson<OciConfig>(engine.records.pathsOf(record.id).config);
  if (!config) throw new K3dError("RUNTIME_ERROR", `Container '${record.name}' has no bundle`);
  const tree = await treeOf(engine, record, live);
  const user =
    options.user === undefined ? undefined : (await resolveUser(tree, options.user)).user;
  const process = ociExecProcess(config, {
    args: options.args,
    env: options.env,
    cwd: options.cwd,
    user,
    ...(options.privileged ? { capabilities: await ownCapabilities() } : {}),
  });
  const directory = await new Scratch(engine.paths.execs).make("exec");
  const files = {
    process: join(directory, "process.json"),
    log: join(directory, "log"),
    pid: join(directory, "pid"),
  };
  await writeJson(files.process, process);
  const args = [
    ...globalArgs(engine),
    "--log",
    files.log,
    "--log-format",
    "json",
    "exec",
    "--process",
    files.process,
    "--pid-file",
    files.pid,
    record.id,
  ];
  const { execa } = await import("execa");
  const child = execa(engine.program.path, args, {
    ...OWN_GROUP,
    reject: false,
    buffer: false,
    stdio: [options.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  } as Options);
  endOnExit(child, child);
  const stdout = outputOf(child.stdout as unknown as Readable);
  const stderr = outputOf(child.stderr as unknown as Readable);
  let hasExited = false;
  child.nodeChildProcess.once("exit", () => (hasExited = true));
  let inputFailure: K3dError | undefined;
  const kill = () => void killExec(files.pid).finally(() => child.kill("SIGKILL"));
  options.signal?.addEventListener("abort", kill, { once: true });
  if (options.signal?.aborted) kill();
  if (options.stdin && child.stdin) {
    feed(options.stdin, child.stdin, (error) => {
      if (hasExited) return;
      inputFailure = inputFailed(record, options.args, error);
      kill();
    });
  }
  const finish = async (): Promise<number> => {
    try {
      const ended = Promise.all([streamEnded(stdout), streamEnded(stderr)]);
      const { exitCode } = await child;
      if (options.signal?.aborted) throw abortError(options.signal);
      if (inputFailure) throw inputFailure;
      await ended;
      const log = await readFile(files.log, "utf8").catch(ignoreMissing);
      return execOutcome(record.name, options.args, exitCode, log);
    } finally {
      options.signal?.removeEventListener("abort", kill);
      await rm(directory, { recursive: true, force: true });
    }
  };
  const exitCode = finish();
  // Whoever only reads the streams must not be hit by an unhandled rejection.
  exitCode.catch(() => undefined);
  return { stdout, stderr, exitCode };
}

function inputFailed(record: ContainerRecord, args: readonly string[], error: Error): K3dError {
  if (isK3dError(error)) return error;
  return new K3dError(
    "RUNTIME_ERROR",
    `The input of command ${args[0] ?? ""} in container '${record.name}' failed: ${error.message}`,
    { cause: error },
  );
}

async function killExec(pidFile: string): Promise<void> {
  const pid = Number(await readFile(pidFile, "utf8").catch(ignoreMissing));
  if (Number.isInteger(pid) && pid > 1) signalProcess(pid, "SIGKILL");
}
