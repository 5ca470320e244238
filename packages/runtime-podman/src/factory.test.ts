import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { RuntimeOptions } from "@k3d/core/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fakePodman, testFolder, type TestFolder } from "../test-support/fake-podman.js";
import { PodmanFactory } from "./factory.js";
import { HostFiles } from "./host/host-files.js";

let folder: TestFolder;
let factory: PodmanFactory;

beforeEach(async () => {
  folder = await testFolder();
  factory = new PodmanFactory(new HostFiles(folder.path));
});
afterEach(() => folder.remove());

const version = (text: string): string =>
  `echo '${JSON.stringify({ Client: { Version: text, APIVersion: text } })}'`;

async function options(
  script: string,
  more: Partial<RuntimeOptions> = {},
): Promise<RuntimeOptions> {
  const command = await fakePodman(folder, script);
  return {
    env: { K3D_PODMAN_COMMAND: command, PATH: "/bin:/usr/bin", ...more.env },
    homeDir: "/home/ann",
    platform: "linux",
    uid: more.uid ?? 0,
  };
}

/** A machine on which nothing is missing for a user without root. */
async function goodMachine(): Promise<void> {
  await folder.write("sys/fs/cgroup/cgroup.controllers", "cpu cpuset io memory pids\n");
  await folder.write(
    "sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/cgroup.controllers",
    "cpu cpuset io memory pids\n",
  );
  await folder.write(
    "etc/passwd",
    "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n",
  );
  await folder.write("etc/subuid", "ann:100000:65536\n");
  await folder.write("etc/subgid", "1000:100000:65536\n");
  await folder.write("bin/newuidmap", "", 0o755);
  await folder.write("bin/newgidmap", "", 0o755);
  await folder.write("usr/lib/podman/aardvark-dns", "", 0o755);
  await folder.write("usr/libexec/podman/catatonit", "", 0o755);
  await folder.write("proc/sys/net/ipv4/ip_unprivileged_port_start", "1024\n");
}

describe("detect", () => {
  it("finds a podman that lacks nothing", async () => {
    await goodMachine();
    await folder.write("run/systemd/system/x", "");
    await folder.write("etc/systemd/system/x", "");
    const given = await options(version("5.4.0"));
    expect(await factory.detect(given)).toEqual({
      available: true,
      reason: "Podman 5.4.0, rootful, cgroup v2",
      endpoint: given.env["K3D_PODMAN_COMMAND"],
      named: "K3D_PODMAN_COMMAND",
    });
  });

  it("says what works less well, and what to do about it", async () => {
    const { available, hint } = await factory.detect(await options(version("4.3.1")));
    expect(available).toBe(true);
    expect(hint).toContain("install aardvark-dns");
    expect(hint).toContain("install catatonit");
    expect(hint).toContain("Containers do not come back after a reboot: systemd does not run here");
  });

  it.each([
    [
      "a podman that is not there",
      { env: { K3D_PODMAN_COMMAND: "/nonexistent/podman" } },
      "",
      /not installed/,
    ],
    ["an old podman", {}, version("3.4.4"), /Podman 3\.4\.4 is too old/],
    [
      "a podman that fails",
      {},
      "echo 'Error: cannot re-exec process' >&2; exit 125",
      /cannot re-exec process/,
    ],
    ["a podman that prints something else", {}, "echo hello", /not valid JSON/],
  ])("passes over %s", async (_, more, script, reason) => {
    const detection = await factory.detect(await options(script, more));
    expect(detection).toMatchObject({ available: false, reason: expect.stringMatching(reason) });
  });

  it("does not wait for ever for a service elsewhere that does not answer", async () => {
    const given = await options("exec sleep 100", {
      env: { CONTAINER_HOST: "tcp://10.255.255.1:1" },
    });
    const impatient = new PodmanFactory(new HostFiles(folder.path), 100);
    expect(await impatient.detect(given)).toMatchObject({
      available: false,
      reason: "Podman at tcp://10.255.255.1:1 did not answer within 0.1 s",
      named: "CONTAINER_HOST",
    });
  });
});

describe("detect without root", () => {
  const detect = async () => factory.detect(await options(version("5.4.0"), { uid: 1000 }));

  it("takes a machine that lacks nothing, and tells of low ports", async () => {
    await goodMachine();
    const detection = await detect();
    expect(detection).toMatchObject({
      available: true,
      reason: "Podman 5.4.0, rootless, cgroup v2",
    });
    expect(detection.hint).toContain("net.ipv4.ip_unprivileged_port_start=80");
  });

  it.each([
    [
      "etc/subuid",
      "bob:100000:65536\n",
      "user ann has no range in /etc/subuid",
      "usermod --add-subuids",
    ],
    [
      "etc/subgid",
      "ann:100000:0\n",
      "user ann has no range in /etc/subgid",
      "usermod --add-subuids",
    ],
    [
      "sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/cgroup.controllers",
      "memory pids\n",
      "the cgroup controllers cpu, cpuset are not delegated to user ann",
      "Delegate=",
    ],
  ])("explains %s with %j", async (file, content, reason, hint) => {
    await goodMachine();
    await folder.write(file, content);
    const detection = await detect();
    expect(detection).toMatchObject({ available: false, reason: expect.stringContaining(reason) });
    expect(detection.hint).toContain(hint);
  });

  it("believes another source of ranges than the files", async () => {
    await goodMachine();
    await folder.write("etc/subuid", "");
    await folder.write("etc/nsswitch.conf", "passwd: files\nsubid: sss\n");
    expect(await detect()).toMatchObject({ available: true });
  });

  it("needs cgroup v2", async () => {
    await folder.write("etc/passwd", "ann:x:1000:1000::/home/ann:/bin/sh\n");
    expect((await detect()).reason).toContain(
      "rootless nodes need cgroup v2, and this machine has v1",
    );
  });
});

describe("create", () => {
  it("tells abilities by the machine", async () => {
    await goodMachine();
    await folder.write("proc/self/status", "CapEff:\t000001ffffffffff\n");
    await folder.write("etc/cdi/nvidia.yaml", "");
    const runtime = await factory.create(await options(version("5.4.0")));
    expect(runtime.capabilities).toMatchObject({
      dns: true,
      rlimits: true,
      gpus: true,
      memoryLimit: true,
      restartAfterBoot: false,
      localBindMounts: true,
    });
    await runtime.close();
  });

  it("lists what will be listed first while it asks for the version, and only once", async () => {
    await goodMachine();
    const listed = join(folder.path, "listed");
    const script = `if [ "$1" = ps ]; then echo "$*" >>${listed}; else
      until [ -e ${listed} ]; do sleep 0.02; done
      echo '{"Client":{"Version":"5.4.0"}}'; fi`;
    const firstList = { app: "k3d" };
    const runtime = await factory.create({ ...(await options(script)), firstList });
    expect(await runtime.containers.list({ labels: firstList })).toEqual([]);
    expect(await readFile(listed, "utf8")).toBe(
      "ps --all --quiet --no-trunc --filter=label=app=k3d\n",
    );
    await runtime.close();
  });

  it("promises less to users other than root", async () => {
    await folder.write("proc/self/status", "CapEff:\t0000000000000000\n");
    const runtime = await factory.create(await options(version("5.4.0"), { uid: 1000 }));
    expect(runtime.capabilities).toMatchObject({
      dns: false,
      rlimits: false,
      gpus: false,
      memoryLimit: false,
      pause: false,
    });
    await runtime.close();
  });

  it("asks a remote podman about itself", async () => {
    const info = {
      host: {
        security: { rootless: true },
        cgroupVersion: "v2",
        cgroupControllers: ["memory", "pids"],
        networkBackendInfo: { backend: "netavark", dns: {} },
      },
    };
    const script = `if [ "$1" = version ]; then echo '{"Client":{"Version":"5.0.0"},"Server":{"Version":"4.9.4"}}'; else echo '${JSON.stringify(info)}'; fi`;
    const runtime = await factory.create(
      await options(script, { env: { CONTAINER_HOST: "ssh://core@example.org/x" } }),
    );
    expect(runtime.capabilities).toMatchObject({
      dns: false,
      memoryLimit: true,
      rlimits: false,
      localBindMounts: false,
      restartAfterBoot: false,
    });
    await runtime.close();
  });

  it("fails with a hint where there is no podman", async () => {
    const given = await options("", { env: { K3D_PODMAN_COMMAND: "/nonexistent/podman" } });
    await expect(factory.create(given)).rejects.toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
      hint: expect.stringContaining("Install Podman"),
    });
  });
});
