import { commandFailed, tryRun, type RunOptions, type RunResult } from "../host/run.ts";
import { parseAnswer } from "@k3d/core/runtime";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Engine } from "./engine.ts";
import { ignoreMissing } from "../host/json-file.ts";

/** A container as runc or crun sees it. */
export interface LiveContainer {
  id: string;
  status: "creating" | "created" | "running" | "pausing" | "paused" | "stopped";
  pid: number;
}

/** Arguments that make runc or crun keep its state below our run directory. */
export function globalArgs(engine: Engine): string[] {
  return ["--root", engine.paths.runtimeState];
}

export async function tryRuntime(
  engine: Engine,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  return await tryRun(engine.program.path, [...globalArgs(engine), ...args], options);
}

/** @throws `COMMAND_FAILED`, `ABORTED`. */
export async function runtime(
  engine: Engine,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const result = await tryRuntime(engine, args, options);
  if (result.exitCode !== 0) throw commandFailed(engine.program.path, args, result);
  return result.stdout;
}

/** How often a list is asked for again because a container went meanwhile. */
const ATTEMPTS = 20;

/** All containers that runc or crun knows, by id. */
export async function liveContainers(
  engine: Engine,
  signal?: AbortSignal,
): Promise<Map<string, LiveContainer>> {
  const args = ["list", "--format", "json"];
  for (let attempt = 1; ; attempt++) {
    const known = await readdir(engine.paths.runtimeState).catch(ignoreMissing);
    if (known === undefined || known.length === 0) return new Map();
    const result = await tryRuntime(engine, args, { signal });
    if (result.exitCode === 0) {
      const listed = parseAnswer<LiveContainer[] | null>(result.stdout, "list containers");
      return new Map((listed ?? []).map((live) => [live.id, live]));
    }
    if (attempt === ATTEMPTS || !(await namesWhatIsGone(engine, result.stderr)))
      throw commandFailed(engine.program.path, args, result);
  }
}

/** runc fails to list anything when a container's state goes between two of its looks. */
async function namesWhatIsGone({ paths }: Engine, stderr: string): Promise<boolean> {
  const [, rest] = stderr.split(`${paths.runtimeState}/`);
  const [id] = /^[\w.-]+/.exec(rest ?? "") ?? [];
  if (id === undefined) return false;
  return (await stat(join(paths.runtimeState, id)).catch(ignoreMissing)) === undefined;
}

/** One container as runc or crun sees it; `undefined` when it knows none. */
export async function liveContainer(
  engine: Engine,
  id: string,
  signal?: AbortSignal,
): Promise<LiveContainer | undefined> {
  const { exitCode, stdout } = await tryRuntime(engine, ["state", id], { signal });
  return exitCode === 0
    ? parseAnswer<LiveContainer>(stdout, `inspect container '${id}'`)
    : undefined;
}

/** Removes what runc or crun keeps of a container: cgroups and state. Kills it where it still runs. */
export async function forgetLive(engine: Engine, id: string): Promise<void> {
  const known = await readdir(engine.paths.runtimeState).catch(ignoreMissing);
  if (known?.includes(id)) await runtime(engine, ["delete", "--force", id]);
}
