import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { K3dError, type ContainerStats } from "@k3d/core/runtime";
import { cgroupFacts } from "../host/facts.ts";
import type { Engine } from "../engine/engine.ts";
import { ignoreMissing } from "../host/json-file.ts";
import type { ContainerRecord } from "../store/records.ts";
import { cgroupPath } from "./to-native.ts";
import { liveContainer } from "../engine/runtime-program.ts";

const CGROUPS = "/sys/fs/cgroup";

/** Where each figure is in a hierarchy, see cgroups(7) and the kernel's admin-guide on both versions. */
interface CgroupFiles {
  cpu: string;
  cpuNanoseconds(text: string): number;
  memory: string;
  memoryDetails: string;
  /** Of the page cache that the kernel drops first. */
  inactiveFile: string;
  tasks: string;
}

const FILES: Record<1 | 2, (path: string) => CgroupFiles> = {
  1: (path) => ({
    cpu: join("cpuacct", path, "cpuacct.usage"),
    cpuNanoseconds: Number,
    memory: join("memory", path, "memory.usage_in_bytes"),
    memoryDetails: join("memory", path, "memory.stat"),
    inactiveFile: "total_inactive_file",
    tasks: join("pids", path, "pids.current"),
  }),
  2: (path) => ({
    cpu: join(path, "cpu.stat"),
    cpuNanoseconds: (text) => (field(text, "usage_usec") ?? 0) * 1000,
    memory: join(path, "memory.current"),
    memoryDetails: join(path, "memory.stat"),
    inactiveFile: "inactive_file",
    tasks: join(path, "pids.current"),
  }),
};

/** What a container uses, from its cgroup. @see ContainerOperations.stats */
export async function readStats(
  engine: Engine,
  record: ContainerRecord,
  signal: AbortSignal | undefined,
): Promise<ContainerStats> {
  const [live, { version }] = await Promise.all([
    liveContainer(engine, record.id, signal),
    cgroupFacts(),
  ]);
  const files = FILES[version](cgroupPath(record.id));
  const [cpu, memory, details, tasks] = await Promise.all(
    [files.cpu, files.memory, files.memoryDetails, files.tasks].map(readCgroupFile),
  );
  const runs = live?.status === "running" || live?.status === "paused";
  if (!runs || cpu === undefined || memory === undefined) {
    throw new K3dError("CONTAINER_FAILED", `Container '${record.name}' is not running`);
  }
  const inactive = field(details ?? "", files.inactiveFile) ?? 0;
  const used = Number(memory);
  return {
    time: new Date(),
    cpuNanoseconds: files.cpuNanoseconds(cpu),
    memoryBytes: inactive < used ? used - inactive : used,
    memoryLimitBytes: record.spec.linux.resources?.memory?.limit,
    tasks: tasks === undefined ? undefined : Number(tasks),
  };
}

async function readCgroupFile(path: string): Promise<string | undefined> {
  return await readFile(join(CGROUPS, path), "utf8").catch(ignoreMissing);
}

/** A line `name value` of a flat keyed file. */
function field(text: string, name: string): number | undefined {
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}
