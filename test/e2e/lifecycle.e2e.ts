import { writeFile, readFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { onEveryEngine } from "./support/suite.js";
import type { World } from "./support/world.js";

interface ClusterJson {
  name: string;
  servers: { running: number; total: number };
  agents: { running: number; total: number };
}

const FOREIGN = `apiVersion: v1
kind: Config
# kept by hand
clusters: [{name: other, cluster: {server: "https://other.example"}}]
contexts: [{name: other, context: {cluster: other, user: other}}]
users: [{name: other, user: {token: abc}}]
current-context: other
`;

const SHAPE = { servers: 3, agents: 2 };

onEveryEngine("lifecycle", (world, engine) => {
  const nodeNames = (cluster: string): string[] =>
    [
      ...Array.from({ length: SHAPE.agents }, (_, index) => `k3d-${cluster}-agent-${index}`),
      ...Array.from({ length: SHAPE.servers }, (_, index) => `k3d-${cluster}-server-${index}`),
    ].sort();

  it("creates, stops, starts and deletes three servers and two agents", async () => {
    const w = world();
    await mkdir(dirname(w.kubeconfig), { recursive: true });
    await writeFile(w.kubeconfig, FOREIGN, { mode: 0o600 });
    const cluster = w.name("life");
    await w.k3d(
      "cluster",
      "create",
      cluster,
      "--servers",
      `${SHAPE.servers}`,
      "--agents",
      `${SHAPE.agents}`,
    );

    const nodes = nodeNames(cluster);
    const containers = [...nodes, `k3d-${cluster}-serverlb`].sort();
    expect(await engine.containers(cluster)).toEqual(
      containers.map((name) => ({ name, running: true })),
    );
    expect(await w.kubectl("get", "--raw", "/readyz")).toBe("ok");
    await expect.poll(() => w.readyNodes(), { timeout: 30_000 }).toEqual(nodes);
    expect(await w.kubectl("config", "current-context")).toBe(`k3d-${cluster}`);
    await listAgrees(w, cluster, true);
    const addresses = await addressesOf(w, containers, cluster);
    const volumes = await w.volumesOf(cluster);
    expect(volumes.length).toBeGreaterThan(nodes.length);

    await w.k3d("cluster", "stop", cluster);
    expect((await engine.containers(cluster)).every(({ running }) => !running)).toBe(true);
    await listAgrees(w, cluster, false);
    expect(await w.kubectlFails("get", "--raw", "/readyz", "--request-timeout=3s")).toBe(true);

    await w.k3d("cluster", "start", cluster);
    expect(await w.kubectl("get", "--raw", "/readyz")).toBe("ok");
    await expect.poll(() => w.readyNodes(), { timeout: 30_000 }).toEqual(nodes);
    expect(await addressesOf(w, containers, cluster)).toEqual(addresses);

    await w.k3d("cluster", "delete", cluster);
    expect(await w.traces(cluster, volumes)).toEqual([]);
    const left = await readFile(w.kubeconfig, "utf8");
    expect(parse(left)).toEqual(parse(FOREIGN));
    expect(left).toContain("# kept by hand");
  });
});

async function listAgrees(w: World, cluster: string, running: boolean): Promise<void> {
  const found = (await w.json<ClusterJson[]>("cluster", "list")).find(
    ({ name }) => name === cluster,
  );
  const count = (total: number): object => ({ total, running: running ? total : 0 });
  expect(found).toMatchObject({ servers: count(SHAPE.servers), agents: count(SHAPE.agents) });
}

async function addressesOf(
  w: World,
  containers: string[],
  cluster: string,
): Promise<Record<string, string | undefined>> {
  const entries = await Promise.all(
    containers.map(
      async (name) =>
        [
          name,
          (await w.engine.inspect(name)).NetworkSettings.Networks[`k3d-${cluster}`]?.IPAddress,
        ] as const,
    ),
  );
  return Object.fromEntries(entries);
}
