import { afterAll, expect, it } from "vitest";
import { Registries } from "./support/registries.js";
import { onEveryEngine } from "./support/suite.js";

onEveryEngine("registry", (world, engine) => {
  const registries = new Registries(world);
  afterAll(() => registries.dispose());

  const server = (cluster: string): string => `k3d-${cluster}-server-0`;
  const agent = (cluster: string): string => `k3d-${cluster}-agent-0`;
  const startedAt = async (node: string): Promise<string> =>
    (await engine.inspect(node)).State.StartedAt;

  it("is connected to a running cluster and disconnected without a restart", async () => {
    const w = world();
    const [name, cluster] = [registries.name(), w.name("join")];
    const registry = await registries.create(name);
    const image = await registries.push(registry, "app:1");
    await w.k3d("cluster", "create", cluster, "--agents", "1");
    const nodes = [server(cluster), agent(cluster)];
    const before = await Promise.all(nodes.map(startedAt));
    expect(await registries.pulls(server(cluster), image)).toBe(false);

    expect(await w.json("registry", "connect", name, cluster)).toMatchObject({
      changed: nodes.toSorted(),
      restarted: [],
      pending: [],
    });
    for (const node of nodes) await registries.expectPull(node, image);
    expect(
      await w.kubectl(
        "get",
        "configmap",
        "local-registry-hosting",
        "-n",
        "kube-public",
        "-o",
        "name",
      ),
    ).toContain("local-registry-hosting");
    expect(await w.json("registry", "connect", name, cluster)).toMatchObject({ changed: [] });

    await w.k3d("cluster", "restart", cluster);
    await registries.expectPull(agent(cluster), image);
    const between = await Promise.all(nodes.map(startedAt));
    expect(between).not.toEqual(before);

    await w.k3d("registry", "disconnect", name, cluster);
    expect(await Promise.all(nodes.map(startedAt))).toEqual(between);
    const other = await registries.push(registry, "app:2");
    expect(await registries.pulls(agent(cluster), other)).toBe(false);
    expect(
      await w.kubectlFails("get", "configmap", "local-registry-hosting", "-n", "kube-public"),
    ).toBe(true);
    expect((await registries.get(name)).usedBy).toEqual([]);
    await w.k3d("cluster", "delete", cluster);
  });
});
