import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { cutOffNpm, installCli, pack } from "../../packages/support.js";
import { onEveryEngine } from "../support/suite.js";
import { ROOT } from "../support/world.js";

const REFUSED = 14;

onEveryEngine("examples from their tarballs, in a k3d from its own", (world, engine) => {
  it("are installed without a network, and a cluster is made and greeted by them", async () => {
    const w = world();
    w.program = await installCli(await pack(join(ROOT, "packages", "cli"), w.home), w.home);
    const env = { ...cutOffNpm(w.home), K3D_NERDCTL_COMMAND: engine.name };
    const k3d = async (...args: string[]): Promise<string> => {
      const { exitCode, stdout, stderr } = await w.run(args, { env });
      expect(exitCode, `k3d ${args.join(" ")}\n${stderr}`).toBe(0);
      // Not even where NODE_ENV is that of a test, or of development.
      expect(stderr).not.toMatch(/warning/i);
      return stdout;
    };
    for (const example of ["plugin-hello", "runtime-nerdctl"])
      await k3d("plugins", "install", await pack(join(ROOT, "examples", example), w.home));

    const runtimes = JSON.parse(await k3d("runtime-info", "--json")) as object;
    expect(JSON.stringify(runtimes)).toContain("nerdctl");
    const cluster = w.name("examples");
    const onNerdctl = ["--runtime", "nerdctl"];
    await k3d("cluster", "create", cluster, "--agents", "1", ...onNerdctl);
    await k3d("wait", cluster, "--for", "ready", ...onNerdctl);
    const nodes = [`k3d-${cluster}-agent-0`, `k3d-${cluster}-server-0`];
    expect(await w.readyNodes()).toEqual(nodes);
    expect((await engine.containers(cluster)).map(({ name }) => name)).toEqual(
      expect.arrayContaining(nodes),
    );
    // What one adapter made another one knows by its labels.
    await k3d("hello", cluster, "--message", "Good morning; exit 1");
    for (const node of nodes)
      expect(await engine.client("exec", node, "cat", "/var/lib/k3d-hello")).toBe(
        "Good morning; exit 1",
      );
    await k3d("cluster", "stop", cluster, ...onNerdctl);
    await k3d("cluster", "start", cluster, ...onNerdctl);
    await k3d("wait", cluster, "--for", "ready", ...onNerdctl);
    expect(await w.readyNodes()).toEqual(nodes);

    const refused = await w.run(["cluster", "create", "goodbye"], { env });
    expect(refused.exitCode, refused.stderr).toBe(REFUSED);
    expect(refused.stderr).toMatch(/no cluster begins with a goodbye.*\n.*friendlier name/);
    expect(await w.traces("goodbye")).toEqual([]);

    await k3d("cluster", "delete", cluster, ...onNerdctl);
    expect(await w.traces(cluster)).toEqual([]);
    expect(await readFile(w.kubeconfig, "utf8")).not.toContain(cluster);
    for (const name of ["k3d-plugin-hello", "k3d-runtime-nerdctl"])
      await k3d("plugins", "uninstall", name);
    const gone = await w.run(["cluster", "list", ...onNerdctl], { env });
    expect(gone.exitCode, gone.stderr).not.toBe(0);
    expect(gone.stderr).toContain("docker, podman, oci");
  });
});
