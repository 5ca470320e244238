import { describe, expect, it } from "vitest";
import { GOOD_FILES } from "../doctor.fixture.js";
import type { Verdict } from "../finding.js";
import type { HostView, Lookup } from "../host/host-view.js";
import { judgeVersion1, judgeVersion2 } from "./cgroups.js";
import { judgeClock } from "./clock.js";
import { judgeStorage } from "./disk.js";
import { judgeDns, judgePodDns } from "./dns.js";
import { judgeFiles, judgeInotify } from "./limits.js";
import { judgeModules } from "./modules.js";

/** A good place, but for these files; `undefined` takes one away. */
function view(
  files: Record<string, string | undefined> = {},
  from: HostView["from"] = "container",
): HostView {
  const all = Object.entries({ ...GOOD_FILES, "/sys/module/": "vxlan\next4", ...files });
  return {
    from,
    files: new Map(
      all.flatMap(([path, text]) => (text === undefined ? [] : [[path, text] as const])),
    ),
  };
}

const told = (verdicts: Verdict[]): string[] =>
  verdicts.map(({ status, message }) => `${status}: ${message}`);
const fixes = (verdicts: Verdict[]): string => verdicts.map(({ fix }) => fix ?? "").join("\n");

describe("cgroups", () => {
  it("v2 with all controllers is good, one missing is a problem with its remedy", () => {
    expect(judgeVersion2(view(), false)[0]?.status).toBe("ok");
    const short = view({ "/sys/fs/cgroup/cgroup.controllers": "cpu io pids" });
    expect(told(judgeVersion2(short, false))).toEqual([
      "problem: cgroup v2; nodes do not get the cgroup controllers cpuset, memory",
    ]);
    expect(fixes(judgeVersion2(short, false))).toContain("+cpuset +memory");
    expect(fixes(judgeVersion2(short, true))).toContain("Delegate=");
  });

  it("what a user was given is not read from the machine's root", () => {
    expect(judgeVersion2(view({}, "machine"), true)[0]?.status).toBe("unknown");
  });

  it("v1 is old, and may have memory switched off", () => {
    const table = (memory: 0 | 1): HostView =>
      view({
        "/proc/cgroups": `#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpuset\t1\t1\t1\ncpu\t2\t1\t1\nmemory\t3\t1\t${memory}\npids\t4\t1\t1`,
      });
    expect(judgeVersion1(table(1)).map(({ status }) => status)).toEqual(["warning"]);
    expect(told(judgeVersion1(table(0)))[1]).toBe(
      "problem: The kernel has the cgroup controller memory switched off",
    );
    expect(fixes(judgeVersion1(table(0)))).toContain("cgroup_enable=memory");
  });
});

describe("inotify", () => {
  const limits = (instances: number, watches = 1_048_576): HostView =>
    view({
      "/proc/sys/fs/inotify/max_user_instances": `${instances}\n`,
      "/proc/sys/fs/inotify/max_user_watches": `${watches}\n`,
    });
  it.each([
    [128, 1, 0, "ok"],
    [128, 4, 0, "ok"],
    [128, 5, 0, "warning"],
    [128, 11, 0, "problem"],
    [128, 1, 100, "warning"],
    [128, 1, 120, "problem"],
    [8, 1, 0, "problem"],
  ])("%i instances for %i nodes, %i of them taken: %s", (instances, nodes, used, status) => {
    expect(judgeInotify(limits(instances), nodes, used)[0]?.status).toBe(status);
  });

  it("asks for more than enough, and of watches too", () => {
    expect(fixes(judgeInotify(limits(8), 3))).toContain("fs.inotify.max_user_instances=1024");
    expect(fixes(judgeInotify(limits(8), 100))).toContain("fs.inotify.max_user_instances=6400");
    expect(told(judgeInotify(limits(1024, 8192), 3))).toEqual([
      "warning: fs.inotify.max_user_watches is 8192: little for 3 nodes with their pods",
    ]);
  });

  it("is not known where the kernel does not tell", () => {
    const none = view({ "/proc/sys/fs/inotify/max_user_watches": undefined });
    expect(judgeInotify(none, 1)[0]?.status).toBe("unknown");
  });
});

describe("open files", () => {
  it("of the machine and of a process", () => {
    expect(told(judgeFiles(view(), 3))).toEqual([
      "ok: Open files: any number on the machine, 1048576 in a process",
    ]);
    const few = view({
      "/proc/sys/fs/file-max": "50000",
      "/proc/self/limits":
        "Max open files            1024                 4096                 files",
    });
    expect(judgeFiles(few, 3).map(({ status }) => status)).toEqual(["warning", "warning"]);
    expect(fixes(judgeFiles(few, 3))).toContain("--runtime-ulimit nofile=");
  });

  it("of this process say nothing of containers", () => {
    const few = {
      "/proc/self/limits":
        "Max open files            1024                 1024                 files",
    };
    expect(judgeFiles(view(few, "machine"), 1)[0]?.status).toBe("ok");
  });
});

describe("kernel modules", () => {
  it.each([
    ["/proc/filesystems", "\text4", "problem", "modprobe overlay"],
    ["/proc/sys/net/bridge/bridge-nf-call-iptables", undefined, "warning", "modprobe br_netfilter"],
    ["/proc/sys/net/netfilter/nf_conntrack_max", undefined, "warning", "modprobe nf_conntrack"],
  ])("one that is missing is named: %s", (path, text, status, fix) => {
    const verdicts = judgeModules(view({ [path]: text }), "6.1");
    expect(verdicts.map((verdict) => verdict.status)).toEqual([status]);
    expect(fixes(verdicts)).toContain(fix);
  });

  it("vxlan is only missing where none can be loaded", () => {
    expect(judgeModules(view({ "/sys/module/": "a\nb" }), "6.1")[0]?.status).toBe("ok");
    const fixed = view({ "/sys/module/": "a\nb", "/proc/modules": undefined });
    expect(fixes(judgeModules(fixed, "6.1"))).toContain("host-gw");
  });
});

describe("room for images", () => {
  const GB = 1024 ** 3;
  it.each([
    [100 * GB, 50 * GB, undefined, "ok"],
    [100 * GB, 8 * GB, undefined, "warning"],
    [20 * GB, 4 * GB, undefined, "warning"],
    [100 * GB, 4 * GB, undefined, "problem"],
    [10 * GB, 0.5 * GB, undefined, "problem"],
    [0, 0, undefined, "problem"],
    [100 * GB, 50 * GB, { total: 1e6, free: 10 }, "problem"],
  ])("%i bytes, %i free, inodes %o: %s", (total, free, inodes, status) => {
    const space = { path: "/", total, free, ...(inodes === undefined ? {} : { inodes }) };
    expect(judgeStorage(space)[0]?.status).toBe(status);
  });
});

describe("clocks", () => {
  const now = Date.UTC(2026, 10, 27);
  it.each([
    [now + 500, "ok"],
    [now + 3000, "ok"],
    [now + 15_000, "warning"],
    [now - 15_000, "warning"],
    [now - 3_600_000, "problem"],
  ])("the engine's at %i: %s", (host, status) => {
    expect(judgeClock(now, { host, before: now, after: now + 1000 })[0]?.status).toBe(status);
  });

  it("a machine that was just switched on for the first time", () => {
    expect(judgeClock(0, undefined)[0]?.status).toBe("problem");
  });
});

describe("names", () => {
  const OUT = "registry-1.docker.io";
  const seen = (lookups: Lookup[] | undefined, resolvConf = "nameserver 127.0.0.11") => ({
    view: { ...view({ "/etc/resolv.conf": resolvConf }), ...(lookups ? { lookups } : {}) },
  });
  const lookup = (name: string, resolved: boolean, server?: string): Lookup => ({
    name,
    resolved,
    server,
  });
  const docker = { embeddedDns: "127.0.0.11" };

  it("that nodes need of each other are a problem, those of registries a warning", () => {
    const broken = seen([lookup(OUT, false), lookup("k3d-doctor-1", false)]);
    expect(judgeDns(broken, docker).map(({ status }) => status)).toEqual(["problem", "warning"]);
    // There they may be in /etc/hosts.
    expect(judgeDns(broken, {}).map(({ status }) => status)).toEqual(["warning"]);
    expect(judgeDns(seen([lookup(OUT, true)]), docker)[0]?.status).toBe("ok");
  });

  it("are not judged by an image that cannot look", () => {
    expect(judgeDns(seen(undefined), docker)[0]?.status).toBe("unknown");
    expect(judgePodDns({ unseen: "no node image" }, true)[0]?.status).toBe("unknown");
  });

  it("pods ask the load balancer, the upstream servers, or nobody", () => {
    const both = seen([lookup(OUT, true), lookup(OUT, false, "10.0.0.2")]);
    expect(judgePodDns(both, true)[0]).toMatchObject({ status: "ok" });
    expect(told(judgePodDns(both, false))).toEqual([
      `warning: Pods ask 10.0.0.2; ${OUT} does not resolve so`,
    ]);
    expect(judgePodDns(seen([lookup(OUT, true)]), false)[0]?.message).toContain("8.8.8.8");
    const podman = seen([lookup(OUT, true)], "nameserver 10.89.0.1");
    expect(told(judgePodDns(podman, false))).toEqual([`ok: Pods ask 10.89.0.1; ${OUT} resolves`]);
  });
});
