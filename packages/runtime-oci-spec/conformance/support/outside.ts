import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { glob, readFile, readdir } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What a root directory and its containers have on this machine, looked at without the runtime's help. */
export interface Traces {
  mounts: string[];
  processes: string[];
  interfaces: string[];
  firewallRules: string[];
  cgroups: string[];
}

export interface Seen {
  /** The directories of the runtime, which appear in its mounts and command lines. */
  directories: readonly string[];
  containerIds: readonly string[];
  /** With bridge and subnet as the runtime made them. */
  networks: readonly { bridge: string; subnet: string }[];
}

export const NO_TRACES: Traces = {
  mounts: [],
  processes: [],
  interfaces: [],
  firewallRules: [],
  cgroups: [],
};

export async function tracesOf({ directories, containerIds, networks }: Seen): Promise<Traces> {
  const isOurs = (text: string) =>
    directories.some((directory) => text.includes(`${directory}/`) || text.endsWith(directory));
  const mounts = (await readFile("/proc/self/mounts", "utf8")).split("\n").filter(isOurs);
  const links = JSON.parse((await run("ip", ["-json", "link", "show"])).stdout) as {
    ifname: string;
    master?: string;
  }[];
  const bridges = networks.map(({ bridge }) => bridge);
  const prefixes = networks.map(({ subnet }) => subnet.replace(/\.\d+\/\d+$/, "."));
  const rules = (await run("iptables-save", [])).stdout.split("\n");
  return {
    mounts,
    processes: (await commandLines()).filter(isOurs),
    interfaces: links
      .filter(({ ifname, master }) => bridges.includes(ifname) || bridges.includes(master ?? ""))
      .map(({ ifname }) => ifname),
    firewallRules: rules.filter(
      (rule) =>
        prefixes.some((prefix) => rule.includes(prefix)) ||
        containerIds.some((id) => rule.includes(id)),
    ),
    cgroups: await cgroupsOf(containerIds),
  };
}

/** The chain of a root directory, and those that CNI plugins share where no other root has one. */
export async function chainsOf(root: string): Promise<string[]> {
  const { stdout } = await run("iptables-save", []);
  const own = `K3D-OCI-${createHash("sha256").update(root).digest("hex").slice(0, 10)}`;
  const chains = stdout.split("\n").flatMap((line) => /^:(\S+)/.exec(line)?.[1] ?? []);
  const isShared = chains.some((chain) => chain.startsWith("K3D-OCI-") && chain !== own);
  return chains.filter((chain) => chain === own || (chain.startsWith("CNI-") && !isShared));
}

/** Bytes on disk below a directory, each file counted once, mounts left out. */
export async function diskUsage(directory: string): Promise<number> {
  const { stdout } = await run("du", [
    "--summarize",
    "--block-size=1",
    "--one-file-system",
    directory,
  ]);
  return Number(stdout.split("\t")[0]);
}

async function commandLines(): Promise<string[]> {
  const processes = (await readdir("/proc")).filter(
    (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
  );
  const lines = processes.map(async (pid) =>
    (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).replaceAll("\0", " "),
  );
  return (await Promise.all(lines)).filter((line) => line !== "");
}

async function cgroupsOf(containerIds: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const path of glob("/sys/fs/cgroup/**/k3d-*")) {
    if (containerIds.some((id) => path.includes(`k3d-${id.slice(0, 32)}`))) found.push(path);
  }
  return found;
}
