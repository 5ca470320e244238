import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { capabilitiesOfMask } from "../translation/capabilities.ts";
import type { OciDevice } from "../translation/oci-config.ts";
import { readKernelFile } from "./tools.ts";

export interface CgroupFacts {
  version: 1 | 2;
  /** Version 1 with the unified hierarchy beside it. */
  hybrid: boolean;
  memory: boolean;
}

/** How this machine's cgroups are mounted. */
export async function cgroupFacts(): Promise<CgroupFacts> {
  const mounts = await readKernelFile("/proc/self/mounts");
  const types = new Map(mounts.split("\n").map((line) => [line.split(" ")[1], line.split(" ")[2]]));
  if (types.get("/sys/fs/cgroup") === "cgroup2") {
    const controllers = (await readKernelFile("/sys/fs/cgroup/cgroup.controllers")).split(" ");
    return { version: 2, hybrid: false, memory: controllers.includes("memory") };
  }
  const options = mounts.split("\n").filter((line) => line.split(" ")[2] === "cgroup");
  return {
    version: 1,
    hybrid: [...types.values()].includes("cgroup2"),
    memory: options.some((line) => (line.split(" ")[3] ?? "").split(",").includes("memory")),
  };
}

/** Capabilities this process may hand to others. */
export async function ownCapabilities(): Promise<string[]> {
  const status = await readKernelFile("/proc/self/status");
  const mask = (field: string) =>
    new RegExp(`^${field}:\\s*([0-9a-f]+)$`, "m").exec(status)?.[1] ?? "0";
  const effective = new Set(capabilitiesOfMask(mask("CapEff")));
  return capabilitiesOfMask(mask("CapBnd")).filter((capability) => effective.has(capability));
}

/** Not devices of the machine but of the container, which the runtime makes or mounts itself. */
const CONTAINER_DEVICES = new Set([
  "pts",
  "shm",
  "fd",
  "mqueue",
  "console",
  "ptmx",
  "null",
  "zero",
  "full",
  "random",
  "urandom",
  "tty",
]);

/** All device nodes of this machine, for privileged containers. */
export async function hostDevices(): Promise<OciDevice[]> {
  const devices: OciDevice[] = [];
  await collectDevices("/dev", devices);
  return devices.toSorted((one, other) => (one.path < other.path ? -1 : 1));
}

async function collectDevices(directory: string, devices: OciDevice[]): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
    if (directory === "/dev" && CONTAINER_DEVICES.has(entry.name)) continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      await collectDevices(path, devices);
    } else if (entry.isCharacterDevice() || entry.isBlockDevice()) {
      const stat = await lstat(path).catch(() => undefined);
      if (stat) {
        devices.push({
          type: entry.isBlockDevice() ? "b" : "c",
          path,
          ...deviceNumbers(stat.rdev),
          fileMode: stat.mode & 0o777,
          uid: stat.uid,
          gid: stat.gid,
        });
      }
    }
  }
}

/** The parts of a `dev_t` in the layout of glibc. */
function deviceNumbers(rdev: number): { major: number; minor: number } {
  const bits = BigInt(rdev);
  return {
    major: Number(((bits >> 8n) & 0xfffn) | ((bits >> 32n) & 0xfffff000n)),
    minor: Number((bits & 0xffn) | ((bits >> 12n) & 0xffffff00n)),
  };
}
