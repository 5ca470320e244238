import { expect, it } from "vitest";
import { onEveryEngine } from "../support/suite.js";

onEveryEngine("leftovers", (world, engine) => {
  it("of a deletion that was cut short do not keep the same cluster from being made again", async () => {
    const w = world();
    const cluster = w.name("left");
    await w.k3d("cluster", "create", cluster, "--agents", "1", "--wait=false");
    for (const { name } of await engine.containers(cluster))
      await engine.client("rm", "-f", "-v", name);
    expect(await w.traces(cluster)).toContain(`network k3d-${cluster}`);
    await w.k3d("cluster", "create", cluster);
    expect(await w.kubectl("get", "--raw", "/readyz")).toBe("ok");
    await w.k3d("cluster", "delete", cluster);
    expect(await w.traces(cluster)).toEqual([]);
  });
});
