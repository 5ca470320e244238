import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { onEveryEngine } from "../support/suite.js";
import { busyPort, freePort } from "../../engine/host/free-port.ts";
import { type RunOptions } from "../support/world.js";

interface Found {
  check: string;
  status: string;
  message: string;
  fix?: string;
}

/** What a check finds when what it looks for is really so: each is brought about, and gone afterwards. */
onEveryEngine("doctor", (world, engine) => {
  const found = async (
    check: string,
    args: string[] = [],
    options: RunOptions = {},
  ): Promise<{ exitCode: number; findings: Found[] }> => {
    const { stdout, exitCode } = await world().run(["doctor", "--json", ...args], options);
    const { findings } = JSON.parse(stdout) as { findings: Found[] };
    return { exitCode, findings: findings.filter((finding) => finding.check === check) };
  };
  const PROBLEM = 13;

  beforeEach(() => mkdir(dirname(world().kubeconfig), { recursive: true }));
  afterEach(() => {
    world().around = [];
  });

  it("tells of a proxy that does not answer, without its password", async () => {
    const env = { HTTPS_PROXY: `http://me:secret@127.0.0.1:${await freePort()}` };
    const { exitCode, findings } = await found("proxy", [], { env });
    expect(exitCode).toBe(PROBLEM);
    expect(findings).toMatchObject([{ status: "problem" }]);
    expect(findings[0]?.message).toContain("cannot be reached");
    expect(JSON.stringify(findings)).not.toContain("secret");
  });

  it("tells whose a port is that is asked for", async () => {
    const { port, close } = await busyPort();
    try {
      const { exitCode, findings } = await found("ports", ["--port", `${port}:80`]);
      expect(exitCode).toBe(PROBLEM);
      expect(findings).toMatchObject([{ status: "problem" }]);
      expect(findings[0]?.message).toContain(String(port));
      expect(findings[0]?.message).toMatch(/node/);
    } finally {
      await close();
    }
  });

  it("tells of a kubeconfig that is broken, and of one that others may read", async () => {
    const { kubeconfig } = world();
    await writeFile(kubeconfig, "apiVersion: v1\nclusters: [");
    const broken = await found("kubeconfig");
    expect(broken.exitCode).toBe(PROBLEM);
    expect(broken.findings[0]).toMatchObject({ status: "problem" });
    expect(broken.findings[0]?.message).toContain(kubeconfig);
    await writeFile(kubeconfig, "apiVersion: v1\nkind: Config\n");
    await chmod(kubeconfig, 0o644);
    const open = await found("kubeconfig");
    expect(open.exitCode).toBe(0);
    expect(open.findings).toMatchObject([{ status: "warning" }]);
    expect(open.findings[0]?.fix).toContain("chmod");
  });

  it.runIf(process.getuid?.() === 0)("tells of a full disk where the kubeconfig is", async () => {
    const directory = dirname(world().kubeconfig);
    const fill = `mount -t tmpfs -o size=64k full ${directory} && { cat /dev/zero > ${directory}/fill 2>/dev/null; exec "$@"; }`;
    // In a mount namespace of the command's own, which ends with it.
    world().around = ["unshare", "--mount", "sh", "-c", fill, "sh"];
    const { exitCode, findings } = await found("disk");
    expect(exitCode).toBe(PROBLEM);
    expect(findings).toContainEqual(
      expect.objectContaining({
        status: "problem",
        message: expect.stringContaining("cannot be written") as string,
      }),
    );
  });

  it("tells of limits that are too low for the nodes that are asked for", async () => {
    const { findings } = await found("inotify", ["--nodes", "100000"]);
    expect(findings[0]).toMatchObject({ status: "problem" });
    expect(findings[0]?.fix).toContain("sysctl -w fs.inotify.");
    expect((await found("files", ["--nodes", "100000"])).findings[0]?.fix).toMatch(/sysctl|^$/);
  });

  it("tells of what killed commands left, and leaves nothing itself", async () => {
    const name = `k3d-${world().name("left")}`;
    const labels = ["app=k3d", `k3d.cluster=${name}`].flatMap((label) => ["--label", label]);
    await engine.client("volume", "create", ...labels, name);
    try {
      const { exitCode, findings } = await found("leftovers");
      expect(exitCode).toBe(0);
      expect(findings).toMatchObject([{ status: "warning" }]);
      expect(findings[0]?.message).toContain(name);
    } finally {
      await engine.client("volume", "rm", name);
    }
    const networks = (await engine.networks()).filter((network) =>
      network.startsWith("k3d-doctor-"),
    );
    expect(networks).toEqual([]);
  });

  it("tells of an engine that was named and does not answer, and still looks at k3d's own files", async () => {
    const env = { DOCKER_HOST: "unix:///nonexistent.sock", K3D_RUNTIME: "docker" };
    const { exitCode, findings } = await found("engine", [], { env });
    expect(exitCode).toBe(PROBLEM);
    expect(findings).toMatchObject([{ status: "problem" }]);
    await writeFile(world().kubeconfig, "", { mode: 0o600 });
    await chmod(world().kubeconfig, 0o600);
    expect((await found("kubeconfig", [], { env })).findings).toMatchObject([{ status: "ok" }]);
  });

  it("tells beforehand what a creation would be refused for", async () => {
    const file = join(world().home, "k3d.yaml");
    await writeFile(file, "apiVersion: k3d.io/v1alpha5\nkind: Simple\nnetwork: none\n");
    const { exitCode, findings } = await found("create", ["--config", file]);
    expect(exitCode).toBe(PROBLEM);
    expect(findings[0]).toMatchObject({ status: "problem" });
    const { exitCode: refused, stderr } = await world().run(["cluster", "create", "-c", file]);
    expect(refused).toBeGreaterThan(0);
    expect(stderr).toContain(findings[0]?.message);
  });
});
