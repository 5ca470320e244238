import { ok, problem, unknown, type Verdict, warning } from "../finding.js";
import type { HostView } from "../host/host-view.js";
import { hostCheck } from "./host-check.js";

/** What a kubelet accounts with; without one of them it ends. */
const NEEDED = ["cpu", "cpuset", "memory", "pids"] as const;

/** Version of cgroups, and whether nodes get the controllers that they need. */
export const cgroupsCheck = hostCheck("cgroups", "machine", (view, _facts, { info }) =>
  info.cgroupVersion === 2 ? judgeVersion2(view, info.rootless) : judgeVersion1(view),
);

export function judgeVersion2({ files, from }: HostView, rootless: boolean): Verdict[] {
  const found = files.get("/sys/fs/cgroup/cgroup.controllers");
  // Those of the root say nothing of what a user was given.
  if (found === undefined || (rootless && from === "machine"))
    return [unknown("cgroup v2; which controllers nodes get is not known")];
  const controllers = found.split(/\s+/);
  const missing = NEEDED.filter((name) => !controllers.includes(name));
  if (missing.length === 0) return [ok("cgroup v2; nodes get all controllers that they need")];
  const message = `cgroup v2; nodes do not get ${list(missing)}`;
  return [
    problem(
      message,
      rootless
        ? 'Write "[Service]\\nDelegate=cpu cpuset io memory pids" to /etc/systemd/system/user@.service.d/delegate.conf, run systemctl daemon-reload and log in again'
        : `Enable them for the engine: echo "${missing.map((name) => `+${name}`).join(" ")}" | sudo tee /sys/fs/cgroup/cgroup.subtree_control; where the kernel has none, add cgroup_enable=memory to its command line`,
    ),
  ];
}

export function judgeVersion1({ files }: HostView): Verdict[] {
  const old = warning(
    "cgroup v1: Kubernetes 1.35 and later do not start on it unless configured to",
    "Boot with systemd.unified_cgroup_hierarchy=1, or create clusters of k3s up to v1.34",
  );
  const table = files.get("/proc/cgroups");
  if (table === undefined) return [old];
  const rows = table.split("\n").map((line) => line.trim().split(/\s+/));
  const missing = NEEDED.filter((name) => rows.find(([row]) => row === name)?.[3] !== "1");
  if (missing.length === 0) return [old];
  return [
    old,
    problem(
      `The kernel has ${list(missing)} switched off`,
      "Add cgroup_memory=1 cgroup_enable=memory to the kernel's command line (Raspberry Pi: /boot/firmware/cmdline.txt) and boot again",
    ),
  ];
}

const list = (names: readonly string[]): string =>
  `the cgroup controller${names.length === 1 ? "" : "s"} ${names.join(", ")}`;
