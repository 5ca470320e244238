import type { LocalMachine, Space } from "./local-machine.js";

/** Files of a machine on which clusters work. */
export const GOOD_FILES: Readonly<Record<string, string>> = {
  "/proc/filesystems": "nodev\tproc\nnodev\toverlay\n\text4",
  "/proc/modules": "overlay 1 0 - Live 0x0",
  "/proc/self/status": "CapEff:\t000001ffffffffff",
  "/proc/self/limits": "Max open files            1048576              1048576              files",
  "/proc/sys/fs/file-max": "9223372036854775807",
  "/proc/sys/fs/file-nr": "2048\t0\t9223372036854775807",
  "/proc/sys/fs/inotify/max_user_instances": "1024",
  "/proc/sys/fs/inotify/max_user_watches": "1048576",
  "/proc/sys/net/bridge/bridge-nf-call-iptables": "1",
  "/proc/sys/net/netfilter/nf_conntrack_max": "262144",
  "/sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory pids",
  "/etc/resolv.conf": "nameserver 10.89.0.1",
};

/** What a probe prints in a good place; `NAME` stands for its own name. */
export const PROBE_LINES: readonly string[] = [
  "@@k3d date",
  String(Date.UTC(2026, 10, 27, 10) / 1000),
  ...Object.entries(GOOD_FILES).flatMap(([path, text]) => [
    "",
    `@@k3d ${path}`,
    ...text.split("\n"),
  ]),
  "@@k3d /sys/module/",
  "vxlan",
  "@@k3d df",
  "Filesystem     1024-blocks      Used Available Capacity Mounted on",
  "overlay          100000000  50000000  50000000      50% /",
  "@@k3d dfi",
  "Filesystem      Inodes   IUsed   IFree IUse% Mounted on",
  "overlay        6553600  500000 6053600    8% /",
  "@@k3d lookups",
  "registry-1.docker.io yes ",
  "NAME yes ",
  "@@k3d reach",
  "yes",
  "@@k3d end",
];

/** A machine with these files, room and answering ports. */
export function fakeMachine({
  files = {},
  space = { path: "/", total: 100e9, free: 50e9 },
  mode = 0o100600,
  answers = () => true,
}: {
  files?: Record<string, string>;
  space?: Space;
  mode?: number;
  answers?: (host: string, port: number) => boolean;
} = {}): LocalMachine {
  const all: Readonly<Record<string, string>> = { ...GOOD_FILES, ...files };
  return {
    platform: "linux",
    user: { uid: 1000, name: "me" },
    read: async (path) => all[path],
    list: async () => ["vxlan"],
    space: async () => space,
    mode: async () => mode,
    inotifyInstances: async () => undefined,
    connect: async (host, port) => {
      if (!answers(host, port)) throw new Error("ECONNREFUSED");
    },
  };
}
