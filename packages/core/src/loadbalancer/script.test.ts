import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { loadBalancerScript } from "./script.js";

/**
 * Stands where nginx would: notes how it was called, refuses a configuration that listens on 666,
 * and as a server starts a worker at each reload.
 */
const NGINX = `#!/bin/sh
echo "$*" >>"$FAKE_ROOT/calls"
case "$*" in
"-t "*)
  if [ -e "$FAKE_ROOT/full" ]; then echo "nginx: [emerg] no space left on device" >&2; exit 1; fi
  for file in "$@"; do :; done
  if grep -q 'listen 666;' "$file"; then echo "nginx: [emerg] refused" >&2; exit 1; fi ;;
*" reload") kill -HUP "$(cat "$FAKE_ROOT/var/run/nginx.pid")" ;;
*)
  worker() { sleep 60 >/dev/null 2>&1 & workers="$workers $!"; echo "start worker processes" >&2; }
  workers=
  trap worker HUP
  trap 'kill $workers; exit 0' TERM
  worker
  echo $$ >"$FAKE_ROOT/var/run/nginx.pid"
  while :; do wait; done ;;
esac
`;

const roots: string[] = [];
const running = new Set<() => void>();

afterEach(() => {
  for (const end of running) end();
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

function container(shell: readonly string[]) {
  const root = mkdtempSync(join(tmpdir(), "k3d-lb-"));
  roots.push(root);
  const write = (path: string, content: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  for (const path of ["etc/nginx", "var/run", "etc/confd"]) {
    mkdirSync(join(root, path), { recursive: true });
  }
  write("bin/nginx", NGINX);
  chmodSync(join(root, "bin/nginx"), 0o755);
  const env = (more: Record<string, string>) => ({
    ...process.env,
    PATH: `${root}/bin:${process.env.PATH}`,
    FAKE_ROOT: root,
    ...more,
  });
  const argv = (...args: string[]) => [
    ...shell.slice(1),
    "-c",
    loadBalancerScript(root),
    "k3d-loadbalancer",
    ...args,
  ];
  return {
    write,
    read: (path: string) => readFileSync(join(root, path), "utf8"),
    has: (path: string) => existsSync(join(root, path)),
    remove: (path: string) => rmSync(join(root, path)),
    executable: (path: string) => chmodSync(join(root, path), 0o755),
    reload: (more: Record<string, string> = {}) =>
      spawnSync(shell[0]!, argv("reload"), { env: env(more), encoding: "utf8" }),
    boot(more: Record<string, string> = {}) {
      const child = spawn(shell[0]!, argv(), {
        env: env(more),
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
      });
      let told = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => (told += text));
      }
      const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
      const end = () => {
        try {
          process.kill(-child.pid!, "SIGKILL");
        } catch {
          // It has ended.
        }
      };
      running.add(end);
      return { pid: child.pid!, told: () => told, ended, signal: child.kill.bind(child) };
    },
  };
}

const VALUES = `ports:
  6443.tcp:
  - k3d-a-server-0
  - k3d-a-server-1
  8053.udp:
    - "k3d-a-agent-0"  # one
settings:
  workerConnections: 2048
`;
const ADDRESSES =
  "172.18.0.3 k3d-a-server-0\n172.18.0.4 k3d-a-server-1\n172.18.0.5 k3d-a-agent-0\n";

/** Whatever shell and awk images have: dash and mawk of Debian, and busybox' of Alpine. */
const shells = [
  { name: "sh", shell: ["sh"] },
  { name: "busybox", shell: ["busybox", "sh"] },
].filter(({ name }) => name === "sh" || onPath(name));

function onPath(name: string): boolean {
  return spawnSync(name, ["true"]).error === undefined;
}

const onPathOf = (name: string): string =>
  execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();

const soon = { timeout: 30_000, interval: 50 };

describe.each(shells)("load-balancer script in $name", { timeout: 60_000 }, ({ shell }) => {
  it("renders the values with the addresses it was told", () => {
    const lb = container(shell);
    lb.write("etc/confd/values.yaml", VALUES);
    lb.write("etc/k3d/addresses", ADDRESSES);
    const { status, stderr } = lb.reload({ K3D_LB_DNS: "127.0.0.11:53" });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(lb.read("etc/nginx/nginx.conf").replace(/pid .*;/, "pid PID;")).toMatchSnapshot();
  });

  it("leaves port 53 to the values", () => {
    const lb = container(shell);
    lb.write("etc/confd/values.yaml", "ports:\n  53.udp: [10.0.0.2]\n");
    expect(lb.reload({ K3D_LB_DNS: "127.0.0.11:53" }).status).toBe(0);
    const config = lb.read("etc/nginx/nginx.conf");
    expect(config.match(/listen 53.*;/g)).toEqual(["listen 53 udp;", "listen 53;"]);
    expect(config).toContain("server 10.0.0.2:53 max_fails=1");
  });

  it.each([
    ["fd123456789a00000000000000000003 02 40 00 80 eth0", ["listen 80;", "listen [::]:80;"]],
    ["fe80000000000000c01d45fffe8d7d27 02 40 20 80 eth0", ["listen 80;"]],
  ])("listens on IPv6 where the container has such an address: %s", (line, expected) => {
    const lb = container(shell);
    const loopback = "00000000000000000000000000000001 01 80 10 80       lo";
    lb.write("proc/net/if_inet6", `${loopback}\n${line}\n`);
    lb.write("etc/confd/values.yaml", "ports:\n  80.tcp: [10.0.0.2]\n");
    expect(lb.reload().status).toBe(0);
    expect(lb.read("etc/nginx/nginx.conf").match(/listen .*;/g)).toEqual(expected);
  });

  it("takes what either tool and a person write", () => {
    const lb = container(shell);
    const written = [
      "---\r",
      "# mine",
      "settings: {}",
      "ports:",
      "    '80.tcp': [ k3d-a-agent-0, \"10.1.2.3\", fd00::7 ]",
      "    81:",
      "    - k3d-a-agent-0",
      "    - k3d-a-agent-0",
      "    82.tcp: []",
      "    83.udp: null",
      "other:",
      "  - anything",
    ];
    lb.write("etc/confd/values.yaml", written.join("\n"));
    lb.write("etc/k3d/addresses", ADDRESSES);
    const { status, stderr } = lb.reload();
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const config = lb.read("etc/nginx/nginx.conf");
    expect(config.match(/(listen|server) [^{;]*;/g)).toEqual([
      "server 172.18.0.5:80 max_fails=1 fail_timeout=3s;",
      "server 10.1.2.3:80 max_fails=1 fail_timeout=3s;",
      "server [fd00::7]:80 max_fails=1 fail_timeout=3s;",
      "listen 80;",
      "server 172.18.0.5:81 max_fails=1 fail_timeout=3s;",
      "listen 81;",
    ]);
    expect(config).toContain("worker_connections 1024;");
    expect(config).toContain("proxy_timeout 600;");
  });

  it.each([
    ["ports: {80.tcp: [a]}", 1],
    ["ports:\n  80.tcp:\n  - a; }", 3],
    ["ports:\n  80.tcp: [a b]\n  http.tcp: [a]", 3],
    ["ports:\n  80.sctp:\n  - a", 2],
    ["ports:\n  70000.tcp:\n  - a", 2],
    ["ports:\n  - a", 2],
    ["settings:\n  workerConnections: 1;", 2],
    ["settings:\n  defaultProxyTimeout: -1", 2],
    ["nonsense", 1],
  ])("refuses %j and leaves the configuration as it was", (text, line) => {
    const lb = container(shell);
    lb.write("etc/confd/values.yaml", text);
    lb.write("etc/nginx/nginx.conf", "as it was\n");
    const { status, stderr } = lb.reload();
    expect(status).not.toBe(0);
    expect(stderr).toContain(`/etc/confd/values.yaml: line ${line}: `);
    expect(lb.read("etc/nginx/nginx.conf")).toBe("as it was\n");
  });

  it("looks up the names whose address it was not told, and marks unknown ones down", () => {
    const lb = container(shell);
    lb.write(
      "etc/confd/values.yaml",
      "ports:\n  80.tcp: [localhost, k3d-a-agent-0, no-such-name.invalid]\n",
    );
    lb.write("etc/k3d/addresses", ADDRESSES);
    expect(lb.reload().status).toBe(0);
    expect(lb.read("etc/nginx/nginx.conf").match(/ server [^{;]*;/g)).toEqual([
      " server 127.0.0.1:80 max_fails=1 fail_timeout=3s;",
      " server 172.18.0.5:80 max_fails=1 fail_timeout=3s;",
      " server 127.0.0.1:80 down;",
    ]);
  });

  it("boots from the values alone and ends at once when told to", async () => {
    const lb = container(shell);
    lb.write("etc/confd/values.yaml", "ports:\n  6443.tcp:\n  - localhost\n");
    const boot = lb.boot();
    await vi.waitFor(() => expect(boot.told()).toContain("start worker processes"), soon);
    expect(lb.read("etc/nginx/nginx.conf")).toContain("server 127.0.0.1:6443 max_fails=1");
    boot.signal("SIGQUIT");
    expect(await boot.ended).toBe(0);
  });

  it("waits for values that are missing or wrong, telling each once", async () => {
    const lb = container(shell);
    const boot = lb.boot();
    await vi.waitFor(() => expect(boot.told()).toContain("there is no"), soon);
    lb.write("etc/confd/values.yaml", "ports: 1\n");
    await vi.waitFor(() => expect(boot.told()).toContain("line 1: not understood: ports: 1"), soon);
    lb.write("etc/confd/values.yaml", VALUES);
    lb.write("etc/k3d/addresses", ADDRESSES);
    await vi.waitFor(() => expect(boot.told()).toContain("start worker processes"), soon);
    expect(boot.told().match(/there is no/g)).toHaveLength(1);
  });

  it("keeps the configuration from before where the values became unusable", async () => {
    const lb = container(shell);
    lb.write("etc/confd/values.yaml", VALUES);
    lb.write("etc/k3d/addresses", ADDRESSES);
    expect(lb.reload().status).toBe(0);
    const before = lb.read("etc/nginx/nginx.conf");
    lb.write("etc/confd/values.yaml", "ports:\n  666.tcp: [k3d-a-agent-0]\n");
    const boot = lb.boot();
    await vi.waitFor(() => expect(boot.told()).toContain("start worker processes"), soon);
    expect(boot.told()).toContain("nginx: [emerg] refused");
    expect(lb.read("etc/nginx/nginx.conf")).toBe(before);
  });

  it("tries again what a full disk kept from being done, and tells it once", async () => {
    const lb = container(shell);
    lb.write("full", "");
    lb.write("etc/confd/values.yaml", VALUES);
    lb.write("etc/k3d/addresses", ADDRESSES);
    const boot = lb.boot();
    const checks = () => lb.read("calls").match(/^-t/gm)?.length ?? 0;
    await vi.waitFor(() => expect(checks()).toBeGreaterThan(1), soon);
    lb.remove("full");
    await vi.waitFor(() => expect(boot.told()).toContain("start worker processes"), soon);

    lb.write("full", "");
    const before = checks();
    lb.write("etc/confd/values.yaml", "ports:\n  80.tcp: [k3d-a-agent-0]\n");
    await vi.waitFor(() => expect(checks()).toBeGreaterThan(before + 1), soon);
    lb.remove("full");
    await vi.waitFor(() => expect(lb.read("etc/nginx/nginx.conf")).toContain("listen 80;"), soon);
    expect(boot.told().match(/no space left/g)).toHaveLength(2);
    expect(boot.told().match(/nginx starts when/g)).toHaveLength(1);
  });

  it.runIf(existsSync("/dev/full"))("makes no configuration of half the addresses", () => {
    const lb = container(shell);
    lb.write("etc/confd/values.yaml", VALUES);
    lb.write("etc/k3d/addresses", ADDRESSES);
    lb.write("bin/cat", `#!/bin/sh\nexec ${onPathOf("cat")} "$@" >/dev/full\n`);
    lb.executable("bin/cat");
    expect(lb.reload().status).not.toBe(0);
    expect(lb.has("etc/nginx/nginx.conf")).toBe(false);
  });

  it("follows what other tools write, and what is reloaded beside it", async () => {
    const lb = container(shell);
    lb.write("etc/confd/values.yaml", VALUES);
    lb.write("etc/k3d/addresses", ADDRESSES);
    const boot = lb.boot();
    const starts = () => boot.told().match(/start worker processes/g)?.length ?? 0;
    await vi.waitFor(() => expect(starts()).toBe(1), soon);
    lb.write("etc/confd/values.yaml", "ports:\n  80.tcp: [k3d-a-agent-0]\n");
    await vi.waitFor(() => expect(starts()).toBe(2), soon);
    expect(lb.read("etc/nginx/nginx.conf")).toContain("listen 80;");

    lb.write("etc/confd/values.yaml", "ports:\n  81.tcp: [k3d-a-agent-0]\n");
    const { status, stderr } = lb.reload();
    expect(stderr).toBe("");
    expect(status).toBe(0);
    await vi.waitFor(() => expect(starts()).toBeGreaterThanOrEqual(3), soon);
    expect(lb.read("etc/nginx/nginx.conf")).toContain("listen 81;");

    lb.write("etc/confd/values.yaml", "ports:\n  666.tcp: [k3d-a-agent-0]\n");
    expect(lb.reload()).toMatchObject({ status: 1, stderr: "nginx: [emerg] refused\n" });
    expect(lb.read("etc/nginx/nginx.conf")).toContain("listen 81;");
  });

  it("ends with nginx, so that the engine starts both anew", async () => {
    const lb = container(shell);
    lb.write("etc/confd/values.yaml", VALUES);
    lb.write("etc/k3d/addresses", ADDRESSES);
    const boot = lb.boot();
    await vi.waitFor(() => expect(lb.has("var/run/nginx.pid")).toBe(true), soon);
    await vi.waitFor(() => expect(lb.read("var/run/nginx.pid").trim()).not.toBe(""), soon);
    execFileSync("kill", ["-KILL", lb.read("var/run/nginx.pid").trim()]);
    expect(await boot.ended).toBe(137);
  });
});
