import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { Options } from "execa";
import { abortable, K3dError } from "@k3d/core/runtime";
import { identifyProcess, isSameProcess, type ProcessIdentity } from "../host/processes.ts";
import { notInstalled } from "../host/run.ts";
import { signalProcess } from "../host/signal-process.ts";
import { hookArgs } from "./hook-args.ts";
import { settingsToEnv } from "../host/settings.ts";
import type { Engine } from "../engine/engine.ts";
import { ignoreMissing } from "../host/json-file.ts";
import type { ContainerRecord } from "../store/records.ts";
import { globalArgs } from "../engine/runtime-program.ts";

const PROGRAM = "conmon";

/** Milliseconds that the creation of a container's processes may take. */
const START_LIMIT_MS = 120_000;

/** Where conmon reports on the creation of the container: https://github.com/containers/conmon/blob/v2.1.6/src/parent_pipe_fd.h */
const SYNC_FD = 3;

/**
 * Creates a container in a conmon of its own, which outlives this process: it
 * writes the log, notes the exit code and then runs our exit hook.
 *
 * @param heldPorts descriptors of bound ports, which conmon holds while it lives.
 * @throws `CONTAINER_FAILED` with the runtime's words, or when there is no report within {@link START_LIMIT_MS}; `ABORTED`.
 */
export async function createMonitored(
  engine: Engine,
  record: ContainerRecord,
  run: number,
  heldPorts: readonly number[],
  signal: AbortSignal | undefined,
): Promise<{ process: ProcessIdentity; monitor: ProcessIdentity }> {
  const paths = engine.records.pathsOf(record.id);
  await rm(paths.monitor, { recursive: true, force: true });
  await mkdir(paths.monitor, { recursive: true, mode: 0o700 });
  await mkdir(engine.paths.runtimeState, { recursive: true, mode: 0o700 });
  const { execa } = await import("execa");
  const options = {
    reject: false,
    cwd: "/",
    detached: true,
    cleanup: false,
    env: { ...hookEnv(engine), _OCI_SYNCPIPE: String(SYNC_FD) },
    extendEnv: false,
    buffer: false,
    stdio: ["ignore", "ignore", "ignore", "pipe", ...heldPorts],
  } as Options;
  const child = execa(PROGRAM, monitorArgs(engine, record, run), options);
  const pipe = child.stdio[SYNC_FD] as unknown as Readable;
  const report = await reportInTime(pipe, record.name, signal).catch(async (error: unknown) => {
    pipe.destroy();
    child.kill("SIGKILL");
    await killMonitor(engine, record.id);
    throw error;
  });
  const { code } = await child;
  if (code === "ENOENT") throw notInstalled(PROGRAM);
  const pids = await Promise.all(
    [report?.data, await monitorPid(engine, record.id)].map(async (pid) =>
      pid && pid > 0 ? await identifyProcess(pid) : undefined,
    ),
  );
  const [first, monitor] = pids;
  if (first && monitor) return { process: first, monitor };
  throw creationFailed(record.name, report?.message);
}

/** The environment of the hooks: settings, and a place for compiled code, which makes them start sooner. */
export function hookEnv(engine: Engine): Record<string, string> {
  return { ...settingsToEnv(engine.settings), NODE_COMPILE_CACHE: join(engine.paths.run, "cache") };
}

function creationFailed(name: string, message: string | undefined): K3dError {
  const reason = (message ?? "conmon gave no reason")
    .trim()
    .replace(/^.*?msg="?(.*?)"?$/s, "$1")
    .replaceAll(String.raw`\"`, '"');
  return new K3dError("CONTAINER_FAILED", `Container '${name}' cannot be started: ${reason}`, {
    details: { reason },
  });
}

function monitorArgs(engine: Engine, record: ContainerRecord, run: number): string[] {
  const { id } = record;
  const paths = engine.records.pathsOf(id);
  return [
    "--api-version=1",
    `--cid=${id}`,
    `--cuuid=${id}`,
    `--name=${record.name}`,
    `--bundle=${paths.directory}`,
    `--runtime=${engine.program.path}`,
    ...globalArgs(engine).map((arg) => `--runtime-arg=${arg}`),
    `--container-pidfile=${join(paths.monitor, "container.pid")}`,
    `--conmon-pidfile=${join(paths.monitor, "conmon.pid")}`,
    `--log-path=k8s-file:${paths.log}`,
    `--log-size-max=${engine.settings.logSizeMax}`,
    `--exit-dir=${paths.monitor}`,
    `--persist-dir=${paths.monitor}`,
    `--socket-dir-path=${paths.monitor}`,
    "--full-attach",
    `--exit-command=${process.execPath}`,
    ...hookArgs("afterExit", engine.exitModule, id, run).map((arg) => `--exit-command-arg=${arg}`),
  ];
}

async function reportInTime(
  pipe: Readable,
  name: string,
  signal: AbortSignal | undefined,
): ReturnType<typeof reportOf> {
  const limit = new AbortController();
  const timer = setTimeout(
    () =>
      limit.abort(
        creationFailed(name, `conmon has not reported within ${START_LIMIT_MS / 1000} seconds`),
      ),
    START_LIMIT_MS,
  );
  try {
    const given = signal === undefined ? limit.signal : AbortSignal.any([signal, limit.signal]);
    return await abortable(reportOf(pipe), given);
  } finally {
    clearTimeout(timer);
  }
}

/** Ends the conmon of a creation that is given up; what it had begun is for the caller to clean up. */
async function killMonitor(engine: Engine, id: string): Promise<void> {
  const pid = await monitorPid(engine, id);
  if (pid !== undefined && pid > 0) await killProcess(await identifyProcess(pid));
}

/** The first line that conmon writes: the container's pid, or -1 and why. */
async function reportOf(pipe: Readable): Promise<{ data: number; message?: string } | undefined> {
  let text = "";
  for await (const chunk of pipe.setEncoding("utf8")) {
    text += String(chunk);
    if (text.includes("\n")) break;
  }
  return text.trim() === ""
    ? undefined
    : (JSON.parse(text.split("\n", 1)[0] ?? "") as { data: number; message?: string });
}

async function monitorPid(engine: Engine, id: string): Promise<number | undefined> {
  const text = await readFile(join(engine.records.pathsOf(id).monitor, "conmon.pid"), "utf8").catch(
    ignoreMissing,
  );
  return text === undefined ? undefined : Number(text);
}

/** How a container ended, as conmon wrote it down; `undefined` when conmon did not get that far. */
export async function readExit(
  engine: Engine,
  id: string,
): Promise<{ exitCode: number; outOfMemory: boolean } | undefined> {
  const { monitor } = engine.records.pathsOf(id);
  const text = await readFile(join(monitor, id), "utf8").catch(ignoreMissing);
  if (text === undefined || !/^-?\d+$/.test(text.trim())) return undefined;
  const oom = await readFile(join(monitor, "oom"), "utf8").catch(ignoreMissing);
  return { exitCode: Number(text), outOfMemory: oom !== undefined };
}

/** Ends a process of ours at once, if it is still the one that was noted, and resolves when it is gone. */
export async function killProcess(process: ProcessIdentity | undefined): Promise<void> {
  if (!process || !(await isSameProcess(process))) return;
  signalProcess(process.pid, "SIGKILL");
  for (let waited = 0; waited < 2000 && (await isSameProcess(process)); waited += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
