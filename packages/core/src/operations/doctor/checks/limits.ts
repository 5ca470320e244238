import { CONTAINER_LIMIT_MS, type Check } from "../check.js";
import { isLocal } from "../facts.js";
import { ok, problem, unknown, type Verdict, warning } from "../finding.js";
import type { HostView } from "../host/host-view.js";
import { hostCheck, numberIn } from "./host-check.js";

/**
 * inotify instances of one node: its k3s and containerd hold about a dozen, and on cgroup v2 each
 * container of its pods one more. At the least it starts with.
 */
const INSTANCES = { enough: 32, least: 12 };
/** Watches of one node: the kubelet and cAdvisor watch every cgroup, the other parts their directories. */
const WATCHES = { enough: 4096, least: 512 };

/** What people set who run many nodes. */
const COMFORTABLE = { instances: 1024, watches: 1_048_576 };

const PATHS = {
  instances: "/proc/sys/fs/inotify/max_user_instances",
  watches: "/proc/sys/fs/inotify/max_user_watches",
};

/** inotify limits, which all nodes of an engine share, against the number of nodes. */
export const inotifyCheck: Check = {
  ...hostCheck("inotify", "machine", async (view, { nodes, machine }, engine) => {
    const countable = isLocal(engine) && !engine.info.rootless;
    return judgeInotify(view, nodes, countable ? await machine.inotifyInstances() : undefined);
  }),
  limitMs: CONTAINER_LIMIT_MS,
};

/** @param used instances that are held already by whoever shares the limit with the nodes. */
export function judgeInotify(view: HostView, nodes: number, used = 0): Verdict[] {
  const limits = {
    instances: numberIn(view, PATHS.instances),
    watches: numberIn(view, PATHS.watches),
  };
  if (limits.instances === undefined || limits.watches === undefined)
    return [unknown("The kernel does not show its inotify limits")];
  const free = limits.instances - used;
  const taken = used === 0 ? "" : `, ${used} of them taken`;
  const told = `fs.inotify.max_user_instances is ${limits.instances}${taken}`;
  const verdicts = [
    ...short(
      told,
      free,
      INSTANCES,
      nodes,
      `max_user_instances=${goal(COMFORTABLE.instances, used + nodes * INSTANCES.enough)}`,
    ),
    ...short(
      `fs.inotify.max_user_watches is ${limits.watches}`,
      limits.watches,
      WATCHES,
      nodes,
      `max_user_watches=${goal(COMFORTABLE.watches, nodes * WATCHES.enough)}`,
    ),
  ];
  if (verdicts.length > 0) return verdicts;
  return [
    ok(
      `${limits.instances} instances${taken}, ${limits.watches} watches: enough for ${count(nodes)}`,
    ),
  ];
}

function short(
  told: string,
  free: number,
  { enough, least }: { enough: number; least: number },
  nodes: number,
  setting: string,
): Verdict[] {
  const fix = `sudo sysctl -w fs.inotify.${setting}, and the same in /etc/sysctl.d/k3d.conf to keep it`;
  if (free < least * nodes) {
    return [problem(`${told}: ${count(nodes)} will fail with "too many open files"`, fix)];
  }
  return free < enough * nodes
    ? [warning(`${told}: little for ${count(nodes)} with their pods`, fix)]
    : [];
}

const goal = (comfortable: number, needed: number): number => Math.max(comfortable, 2 * needed);
const count = (nodes: number): string => (nodes === 1 ? "a node" : `${nodes} nodes`);

/** Open files of the machine that one node may take, and of one process in it. */
const FILES = { machine: 16_384, process: 16_384 };

/** Open files: of the whole machine, and of a process in a container. */
export const filesCheck = hostCheck("files", "machine", (view, { nodes }) =>
  judgeFiles(view, nodes),
);

export function judgeFiles(view: HostView, nodes: number): Verdict[] {
  const most = numberIn(view, "/proc/sys/fs/file-max");
  const open = numberIn(view, "/proc/sys/fs/file-nr") ?? 0;
  const verdicts: Verdict[] = [];
  if (most !== undefined && most - open < FILES.machine * nodes) {
    verdicts.push(
      warning(
        `fs.file-max is ${most}, ${open} of them open: little for ${count(nodes)}`,
        `sudo sysctl -w fs.file-max=${Math.max(1_048_576, 2 * (open + FILES.machine * nodes))}, and the same in /etc/sysctl.d/k3d.conf to keep it`,
      ),
    );
  }
  const limit = view.from === "container" ? processLimit(view) : undefined;
  if (limit !== undefined && limit < FILES.process) {
    verdicts.push(
      warning(
        `A process in a container may open ${limit} files: too few for k3s with many pods`,
        "Create clusters with --runtime-ulimit nofile=1048576:1048576, or raise the engine's default-ulimits",
      ),
    );
  }
  if (verdicts.length > 0) return verdicts;
  if (most === undefined && limit === undefined)
    return [unknown("The kernel does not show its limits on open files")];
  const parts = [
    ...(most === undefined ? [] : [`${number(most)} on the machine`]),
    ...(limit === undefined ? [] : [`${number(limit)} in a process`]),
  ];
  return [ok(`Open files: ${parts.join(", ")}`)];
}

/** Beyond what a machine can hold there is no limit. */
const number = (files: number): string => (files > 1e12 ? "any number" : String(files));

/** The hard limit: what runs in nodes raises its soft one by itself. */
function processLimit({ files }: HostView): number | undefined {
  const row = /^Max open files\s+\S+\s+(\S+)/m.exec(files.get("/proc/self/limits") ?? "");
  if (row === null) return undefined;
  return row[1] === "unlimited" ? Infinity : Number(row[1]);
}
