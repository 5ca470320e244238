import { constants } from "node:fs";
import { access, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { K3dError } from "@k3d/core/runtime";
import { packageOf } from "./packages.ts";
import { tryRun } from "./run.ts";
import type { Settings } from "./settings.ts";

/** Programs without which nothing works, beside the runtime and the plugins. */
const PROGRAMS = [
  "conmon",
  "skopeo",
  "umoci",
  "iptables",
  "ip",
  "flock",
  "unshare",
  "nsenter",
  "mount",
  "umount",
];
const PLUGINS = ["bridge", "host-local", "portmap", "firewall", "loopback"];
/** Init programs, the smallest first; only statically linked ones work inside any image. */
const INITS = ["catatonit", "tini-static", "docker-init", "tini", "dumb-init"];
const INIT_DIRECTORIES = ["/usr/libexec/catatonit", "/usr/libexec/podman", "/usr/lib/podman"];

export interface OciRuntimeProgram {
  path: string;
  /** `runc`, `crun` or another name it gives itself. */
  name: string;
  version: string;
}

/** The first executable of that name in a search path, or the path itself where one is given. */
export async function findProgram(name: string, searchPath: string): Promise<string | undefined> {
  const candidates = name.includes("/")
    ? [name]
    : searchPath.split(":").map((directory) => join(directory, name));
  for (const candidate of candidates) {
    if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

/** What is missing, as `program (package)`. */
export async function missingTools(settings: Settings): Promise<string[]> {
  const programs = PROGRAMS.map(async (name) => ({
    name,
    found: await findProgram(name, settings.path),
  }));
  const plugins = PLUGINS.map(async (name) => ({
    name,
    found: await findProgram(name, settings.cniPath.join(":")),
  }));
  const all = await Promise.all([...programs, ...plugins]);
  return all.filter(({ found }) => found === undefined).map(({ name }) => name);
}

/** For people: which packages to install. */
export function installHint(missing: readonly string[]): string {
  return `Install ${[...new Set(missing.map(packageOf))].join(", ")} (Debian's package names)`;
}

/**
 * The program that runs bundles: the one set, else runc, else crun.
 *
 * @throws `RUNTIME_UNAVAILABLE` when there is none or it does not answer.
 */
export async function findRuntime(settings: Settings): Promise<OciRuntimeProgram> {
  for (const name of settings.runtime === undefined ? ["runc", "crun"] : [settings.runtime]) {
    const path = await findProgram(name, settings.path);
    if (path !== undefined) return await identify(path);
  }
  if (settings.runtime === undefined) {
    throw new K3dError("RUNTIME_UNAVAILABLE", "Neither runc nor crun is installed", {
      hint: "Install the package runc",
    });
  }
  throw new K3dError(
    "RUNTIME_UNAVAILABLE",
    `${settings.runtime}, which K3D_OCI_RUNTIME names, does not exist`,
    {
      hint: "Set K3D_OCI_RUNTIME to a name or path of runc or crun",
    },
  );
}

async function identify(path: string): Promise<OciRuntimeProgram> {
  const { stdout, exitCode } = await tryRun(path, ["--version"]);
  const match = /^(\S+) version (\S+)/m.exec(stdout);
  if (exitCode !== 0 || !match) {
    throw new K3dError(
      "RUNTIME_UNAVAILABLE",
      `${path} does not report its version like an OCI runtime`,
    );
  }
  return { path, name: match[1] ?? "", version: match[2] ?? "" };
}

/** A statically linked init program of this machine. */
export async function findInit(settings: Settings): Promise<string | undefined> {
  const searchPath = [settings.path, ...INIT_DIRECTORIES].join(":");
  for (const name of INITS) {
    const path = await findProgram(name, searchPath);
    if (path !== undefined && (await isStatic(path))) return path;
  }
  return undefined;
}

/** Whether an ELF file of 64 bits names no interpreter: then it runs without libraries. */
async function isStatic(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer: header, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
    if (
      bytesRead < 64 ||
      header.readUInt32BE(0) !== 0x7f454c46 ||
      header[4] !== 2 ||
      header[5] !== 1
    )
      return false;
    const tableOffset = Number(header.readBigUInt64LE(32));
    const entrySize = header.readUInt16LE(54);
    const entries = header.readUInt16LE(56);
    const { buffer: table } = await file.read(
      Buffer.alloc(entrySize * entries),
      0,
      entrySize * entries,
      tableOffset,
    );
    const PT_INTERP = 3;
    return Array.from({ length: entries }, (_, index) =>
      table.readUInt32LE(index * entrySize),
    ).every((type) => type !== PT_INTERP);
  } finally {
    await file.close();
  }
}

/** A CNI plugin's path. @throws `RUNTIME_UNAVAILABLE`. */
export async function findPlugin(name: string, settings: Settings): Promise<string> {
  const path = await findProgram(name, settings.cniPath.join(":"));
  if (path !== undefined) return path;
  throw new K3dError(
    "RUNTIME_UNAVAILABLE",
    `The CNI plugin ${name} is not in ${settings.cniPath.join(", ")}`,
    {
      hint: `Install the package ${packageOf(name)}, or name its directory in K3D_OCI_CNI_PATH`,
    },
  );
}

async function isExecutable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** A kernel file's text without the newline at its end; empty when it is not there. */
export async function readKernelFile(path: string): Promise<string> {
  return (await readFile(path, "utf8").catch(() => "")).trim();
}
