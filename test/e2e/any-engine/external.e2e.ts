import { afterAll, expect, it } from "vitest";
import { onEveryEngine } from "../support/suite.js";

onEveryEngine("networks and volumes of the user's", (world, engine) => {
  const made: ["network" | "volume", string][] = [];
  afterAll(async () => {
    for (const [kind, name] of made.toReversed()) await world().run([kind, "delete", name]);
  });

  it("outlive the clusters that use them, and are not deleted from under one", async () => {
    const cluster = world().name("ext");
    const name = `${cluster}-shared`;
    for (const kind of ["network", "volume"] as const) {
      made.push([kind, name]);
      expect((await world().k3d(kind, "create", name)).trim()).toBe(name);
    }
    const use = ["--network", name, "--volume", `${name}:/data@server:0`, "--no-lb"];
    await world().k3d("cluster", "create", cluster, ...use);
    const server = `k3d-${cluster}-server-0`;
    await engine.client("exec", server, "touch", "/data/kept");
    expect(Object.keys((await engine.inspect(server)).NetworkSettings.Networks)).toContain(name);
    for (const kind of ["network", "volume"] as const) {
      const { exitCode, stderr } = await world().run([kind, "delete", name]);
      expect(exitCode, stderr).not.toBe(0);
      expect(stderr).toContain(name);
    }
    await world().k3d("cluster", "delete", cluster);
    expect(await world().k3d("prune", "--dry-run")).not.toContain(name);
    expect(await engine.networks()).toContain(name);
    expect(await engine.volumes()).toContain(name);

    await world().k3d("cluster", "create", cluster, ...use);
    expect(await engine.client("exec", server, "ls", "/data")).toBe("kept");
    await world().k3d("cluster", "delete", cluster);
    for (const kind of ["network", "volume"] as const) await world().k3d(kind, "delete", name);
    expect(await engine.networks()).not.toContain(name);
    expect(await engine.volumes()).not.toContain(name);
  }, 180_000);
});
