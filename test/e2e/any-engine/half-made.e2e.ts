import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { onEveryEngine } from "../support/suite.js";

interface ListedCluster {
  name: string;
  status: string;
}

onEveryEngine("clusters that are not whole, or that two commands change", (world, engine) => {
  async function statusOf(cluster: string): Promise<string | undefined> {
    const listed = await world().json<ListedCluster[]>("cluster", "list");
    return listed.find(({ name }) => name === cluster)?.status;
  }

  const running = async (cluster: string): Promise<string[]> =>
    (await engine.containers(cluster)).flatMap((node) => (node.running ? node.name : []));

  it("stay incomplete when they are started, until apply has made the rest", async () => {
    const w = world();
    const cluster = w.name("half");
    const server = `k3d-${cluster}-server-0`;
    const creation = w.spawn([
      "cluster",
      "create",
      cluster,
      "--agents=2",
      "--env",
      "K3S_STANDIN_BOOT_DELAY_MS=4000@server:0",
    ]);
    await expect.poll(() => running(cluster), { timeout: 60_000, interval: 20 }).toContain(server);
    creation.kill("SIGKILL");
    await creation;
    // What the engine was asked for before the kill may come a moment later.
    await engine.client("rm", "-f", `k3d-${cluster}-agent-1`).catch(() => "");
    expect(await statusOf(cluster)).toBe("incomplete");

    const { exitCode, stderr } = await w.run(["cluster", "start", cluster]);
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toMatch(/broke off before it had made .*agent-1/);
    expect(await statusOf(cluster)).toBe("incomplete");
    expect(await running(cluster)).toContain(server);

    const file = join(w.home, "half.yaml");
    await writeFile(
      file,
      [
        "apiVersion: k3d.io/v1alpha5",
        "kind: Simple",
        `metadata: { name: ${cluster} }`,
        "agents: 2",
        "env:",
        '- { envVar: K3S_STANDIN_BOOT_DELAY_MS=4000, nodeFilters: ["server:0"] }',
      ].join("\n"),
    );
    await w.k3d("cluster", "apply", "--config", file);
    expect(await statusOf(cluster)).toBe("running");
    await w.k3d("kubeconfig", "merge", cluster, "--kubeconfig-merge-default");
    await expect
      .poll(() => w.readyNodes(), { timeout: 60_000 })
      .toEqual([0, 1].map((index) => `k3d-${cluster}-agent-${index}`).concat(server));
    await w.k3d("cluster", "delete", cluster);
    expect(await w.traces(cluster)).toEqual([]);
  });

  it("are changed by one command after the other", async () => {
    const w = world();
    const cluster = w.name("turns");
    await w.k3d("cluster", "create", cluster);
    const outcomes = await Promise.all([
      w.run(["cluster", "edit", cluster, "--yes", "--port-add", "0:80@loadbalancer"]),
      w.run(["cluster", "edit", cluster, "--yes", "--port-add", "0:81@loadbalancer"]),
      w.run(["node", "create", `${cluster}-more`, "--cluster", cluster]),
      w.run(["cluster", "start", cluster]),
    ]);
    for (const { exitCode, stderr } of outcomes) expect(exitCode, stderr).toBe(0);
    const { NetworkSettings } = await engine.inspect(`k3d-${cluster}-serverlb`);
    expect(Object.keys(NetworkSettings.Ports).toSorted()).toEqual(
      expect.arrayContaining(["6443/tcp", "80/tcp", "81/tcp"]),
    );
    expect(await running(cluster)).toEqual([
      `k3d-${cluster}-more-0`,
      `k3d-${cluster}-server-0`,
      `k3d-${cluster}-serverlb`,
    ]);
    await expect.poll(() => w.readyNodes(), { timeout: 60_000 }).toHaveLength(2);
    await w.k3d("cluster", "delete", cluster);
    expect(await w.traces(cluster)).toEqual([]);
  });
});
