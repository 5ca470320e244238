import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Boot,
  type Booted,
  boot,
  removeBusybox,
  setUpBusybox,
} from "../../test-support/boot.js";
import { type EntrypointFixes, entrypointFile } from "./entrypoint.js";

beforeAll(setUpBusybox, 180_000);
afterAll(removeBusybox);

const scriptWith = (fixes: Partial<EntrypointFixes> = {}): string =>
  entrypointFile({ cgroupV2: true, dns: true, mounts: false, ...fixes }).content;

const start = (
  options: Partial<Boot> = {},
  fixes: Partial<EntrypointFixes> = {},
): Promise<Booted> => boot({ script: scriptWith(fixes), ...options });

it("lets k3s take its place, with its arguments, its process id and its exit code", async () => {
  const args = ["server", "--node-label", "a=b c", "--tls-san", "*", ""];
  const { stdout, pid } = await start({ args });
  expect(stdout.split("\n").slice(0, 7)).toEqual([
    `pid ${pid}`,
    ...args.map((argument) => `arg ${argument}`),
  ]);
  expect((await start({ k3s: "exit 7" })).exitCode).toBe(7);
});

it("changes nothing on a node that asks for nothing", async () => {
  const { mounts, files, stderr } = await start({
    files: { "/proc/meminfo": "MemTotal: 9 kB\n" },
  });
  expect(mounts).toEqual([]);
  expect(Object.keys(files).toSorted()).toEqual([
    "/bin/k3s",
    "/boot.sh",
    "/etc/resolv.conf",
    "/proc/meminfo",
  ]);
  expect(stderr).toBe("");
});

describe("cgroup v2", () => {
  const CONTROL = "/sys/fs/cgroup/cgroup.subtree_control";
  const tree = {
    "/sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory pids\n",
    "/sys/fs/cgroup/cgroup.procs": "1\n17\n",
    "/run/moved": "",
  };
  /** Each process is written by itself; `refuse` says how often the kernel refuses controllers. */
  const commands = (refuse: number): string => `refusals=${refuse}
echo() {
  case "$1" in
  [0-9]*) command echo "$1" >>/run/moved ;;
  +*) [ "$refusals" -eq 0 ] || { refusals=$((refusals - 1)); return 1; } ;;
  esac
  command echo "$@"
}`;

  it("moves every process down and hands all controllers to pods", async () => {
    const { stdout, files, stderr } = await start({ files: tree, commands: commands(0) });
    expect(files["/run/moved"]).toBe("1\n17\n");
    expect(files["/sys/fs/cgroup/init/cgroup.procs"]).toBe("17\n");
    expect(files[CONTROL]).toBe("+cpuset +cpu +io +memory +pids\n");
    expect(stdout).toContain("arg server");
    expect(stderr).toBe("");
  });

  it("tries again while the kernel refuses", async () => {
    const { files, stderr } = await start({ files: tree, commands: commands(2) });
    expect(files["/run/moved"]).toBe("1\n17\n".repeat(3));
    expect(files[CONTROL]).toBe("+cpuset +cpu +io +memory +pids\n");
    expect(stderr).toBe("");
  });

  it("boots all the same where the kernel never accepts", async () => {
    const files = { ...tree, [CONTROL]: { link: "/dev/full" } };
    const { stdout, stderr } = await start({ files });
    expect(stderr).toBe("k3d: cannot hand cgroup controllers to pods\n");
    expect(stdout).toContain("arg server");
  });

  it("does nothing when it is switched off", async () => {
    const { files } = await start({ files: tree, commands: commands(0) }, { cgroupV2: false });
    expect(files["/run/moved"]).toBe("");
    expect(files[CONTROL]).toBeUndefined();
  });
});

describe("shared mounts", () => {
  it("are made when they are switched on", async () => {
    expect((await start({}, { mounts: true })).mounts).toEqual(["mount --make-rshared /"]);
  });

  it("do not keep the node from booting where they cannot be made", async () => {
    const { stdout, stderr } = await start({ commands: "mount() { return 1; }" }, { mounts: true });
    expect(stderr).toBe("k3d: cannot make mounts shared\n");
    expect(stdout).toContain("arg server");
  });
});

describe("memory limit", () => {
  const meminfo =
    "MemTotal:       24684092 kB\nMemFree:        18909656 kB\nMemAvailable:     500000 kB\nSwapTotal:             0 kB\n";

  it("stands in /proc/meminfo, and nowhere is there more than it", async () => {
    const { files, mounts } = await start({
      files: { "/proc/meminfo": meminfo, "/sys/devices/system/edac/mc": "" },
      env: { K3D_NODE_MEMORY: "1073741824" },
    });
    expect(files["/run/k3d/meminfo"]).toBe(
      "MemTotal: 1048576 kB\nMemFree: 1048576 kB\nMemAvailable: 500000 kB\nSwapTotal:             0 kB\n",
    );
    expect(mounts).toEqual([
      expect.stringMatching(/^umount .*\/proc\/meminfo$/),
      expect.stringMatching(/^mount --bind .*\/run\/k3d\/meminfo .*\/proc\/meminfo$/),
      expect.stringMatching(/^mount -t tmpfs -o ro tmpfs .*\/sys\/devices\/system\/edac$/),
    ]);
  });

  it("is only told where it cannot be shown", async () => {
    const { stdout, stderr } = await start({
      files: { "/proc/meminfo": meminfo },
      env: { K3D_NODE_MEMORY: "1073741824" },
      commands: "mount() { return 1; }",
    });
    expect(stderr).toBe("k3d: cannot show the memory limit to the kubelet\n");
    expect(stdout).toContain("arg server");
  });
});

describe("resolver for pods", () => {
  const OWN = "/etc/k3d/resolv.conf";
  const loopback = (more = "") => ({ "/etc/resolv.conf": `nameserver 127.0.0.11\n${more}` });

  it("is the one that k3d names where the node's is on its loopback", async () => {
    const { files, stdout } = await start({
      files: loopback("search corp.example\noptions edns0\n# ExtServers: [9.9.9.9]\n"),
      env: { K3D_RESOLVER: "172.18.0.4" },
    });
    expect(files[OWN]).toBe("nameserver 172.18.0.4\nsearch corp.example\noptions ndots:0\n");
    expect(stdout).toContain("resolv /etc/k3d/resolv.conf");
  });

  it.each([
    ["9.9.9.9", ["9.9.9.9"]],
    ["host(192.168.65.7)", ["192.168.65.7"]],
    ["127.0.0.53 host(127.0.0.1) 1.1.1.1 ::1 2001:db8::53", ["1.1.1.1", "2001:db8::53"]],
    ["1.0.0.1 1.0.0.2 1.0.0.3 1.0.0.4", ["1.0.0.1", "1.0.0.2", "1.0.0.3"]],
  ])("is taken from the engine's own servers: %s", async (engine, servers) => {
    const { files } = await start({ files: loopback(`# ExtServers: [${engine}]\n`) });
    expect(files[OWN]).toBe(
      `${servers.map((server) => `nameserver ${server}\n`).join("")}options ndots:0\n`,
    );
  });

  it.each([
    ["the node's own resolver can be reached", "nameserver 10.0.0.2\n", {}],
    ["no other is known", "nameserver 127.0.0.11\n# ExtServers: [host(127.0.0.53)]\n", {}],
    ["there is none at all", "search x\n", {}],
  ])("is left to k3s where %s", async (_where, resolvConf, env) => {
    const { files, stdout } = await start({ files: { "/etc/resolv.conf": resolvConf }, env });
    expect(files[OWN]).toBeUndefined();
    expect(stdout).toMatch(/^resolv $/m);
  });

  it("is the user's where the user names one", async () => {
    const { files, stdout } = await start({
      files: loopback(),
      env: { K3D_RESOLVER: "172.18.0.4", K3S_RESOLV_CONF: "/etc/mine" },
    });
    expect(files[OWN]).toBeUndefined();
    expect(stdout).toContain("resolv /etc/mine");
  });

  it("is left alone when it is switched off", async () => {
    const { stdout } = await start(
      { files: loopback(), env: { K3D_RESOLVER: "172.18.0.4" } },
      { dns: false },
    );
    expect(stdout).toMatch(/^resolv $/m);
  });
});

describe("names that CoreDNS serves", () => {
  /** An API that answers from the third question on, and has one ConfigMap. */
  const kubectl = `case "$*" in *"-n kube-system configmap coredns"*) ;; *) exit 64 ;; esac
echo x >>/run/asked
[ "$(wc -l </run/asked)" -gt 2 ] || exit 1
case "$*" in
get*resourceVersion*) cat /run/version ;;
get*NodeHosts*) cat /run/hosts ;;
patch*)
  for last in "$@"; do :; done
  echo "$last" >>/run/patches
  if [ -f /run/conflict ]; then
    rm /run/conflict
    echo 8 >/run/version
    echo "172.18.0.9 k3d-demo-agent-9" >>/run/hosts
    exit 1
  fi ;;
esac`;
  const KUBECONFIG = "/output/kubeconfig.yaml";
  const node = {
    "/etc/k3d/coredns-hosts": "172.18.0.1 host.k3d.internal\n10.1.2.3 db.example\n",
    [KUBECONFIG]: "",
    "/run/version": "7",
    "/run/hosts": "172.18.0.3 k3d-demo-server-0\n",
  };
  const serve = async (files: Record<string, string>, args = ["server"]) => {
    const booted = await start({
      args,
      kubectl,
      files,
      env: { K3S_KUBECONFIG_OUTPUT: KUBECONFIG },
    });
    const patches = (booted.files["/run/patches"] ?? "").split("\n").filter(Boolean);
    return { ...booted, patches: patches.map((patch) => JSON.parse(patch) as unknown) };
  };
  const patch = (resourceVersion: string, NodeHosts: string) => ({
    metadata: { resourceVersion },
    data: { NodeHosts },
  });

  it("are added to those of the nodes, once the API answers", async () => {
    expect((await serve(node)).patches).toEqual([
      patch(
        "7",
        "172.18.0.3 k3d-demo-server-0\n172.18.0.1 host.k3d.internal\n10.1.2.3 db.example\n",
      ),
    ]);
  });

  it("replace what an earlier boot wrote, and not their like", async () => {
    const hosts =
      "172.18.0.3 k3d-demo-server-0\n172.99.0.1 host.k3d.internal\n10.9.9.9 db.example.org\n";
    expect((await serve({ ...node, "/run/hosts": hosts })).patches).toEqual([
      patch(
        "7",
        "172.18.0.3 k3d-demo-server-0\n10.9.9.9 db.example.org\n172.18.0.1 host.k3d.internal\n10.1.2.3 db.example\n",
      ),
    ]);
  });

  it("are written to an empty list", async () => {
    expect((await serve({ ...node, "/run/hosts": "" })).patches).toEqual([
      patch("7", "172.18.0.1 host.k3d.internal\n10.1.2.3 db.example\n"),
    ]);
  });

  it("are written again where k3s wrote at the same moment", async () => {
    const { patches } = await serve({ ...node, "/run/conflict": "" });
    expect(patches).toHaveLength(2);
    expect(patches[1]).toEqual(
      patch(
        "8",
        "172.18.0.3 k3d-demo-server-0\n172.18.0.9 k3d-demo-agent-9\n172.18.0.1 host.k3d.internal\n10.1.2.3 db.example\n",
      ),
    );
  });

  it("are left as they are when they are there already", async () => {
    const hosts = "172.18.0.3 k3d-demo-server-0\n172.18.0.1 host.k3d.internal\n10.1.2.3 db.example";
    const { patches, files } = await serve({ ...node, "/run/hosts": hosts });
    expect(files["/run/asked"]).toBe("x\n".repeat(4));
    expect(patches).toEqual([]);
  });

  it("are no matter of agents, nor of servers without such names", async () => {
    const { "/etc/k3d/coredns-hosts": _names, ...without } = node;
    for (const { files } of [await serve(node, ["agent"]), await serve(without)])
      expect(files["/run/asked"]).toBeUndefined();
  });
});
