import { expect, it } from "vitest";
import { onEveryEngine } from "../support/suite.js";

onEveryEngine("two clusters", (world, engine) => {
  it("share a network that stays for the second one when the first, which made it, is deleted", async () => {
    const w = world();
    const network = `k3d-shared-${w.name("net")}`;
    const [east, west] = [w.name("east"), w.name("west")];
    await w.k3d("cluster", "create", east, "--network", network);
    await w.k3d("cluster", "create", west, "--network", network);
    const { exitCode, stderr } = await w.run(["cluster", "delete", east]);
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain(`Network '${network}' stays`);
    expect(await w.traces(east)).toEqual([]);
    expect(await engine.networks()).toContain(network);
    expect(await w.kubectl("--context", `k3d-${west}`, "get", "--raw", "/readyz")).toBe("ok");
    await w.k3d("cluster", "stop", west);
    await w.k3d("cluster", "start", west);
    await w.k3d("cluster", "delete", west);
    await w.k3d("prune", "--networks", "--force", "--filter", `cluster=${east}`);
    expect(await engine.networks()).not.toContain(network);
  });

  it("are made at the same moment", async () => {
    const w = world();
    const [a, b] = [w.name("twin"), w.name("twin")];
    await Promise.all([w.k3d("cluster", "create", a), w.k3d("cluster", "create", b)]);
    for (const cluster of [a, b]) {
      expect(await w.kubectl("--context", `k3d-${cluster}`, "get", "nodes", "-o", "name")).toBe(
        `node/k3d-${cluster}-server-0`,
      );
    }
    await w.k3d("cluster", "delete", a, b);
    for (const cluster of [a, b]) expect(await w.traces(cluster)).toEqual([]);
  });
});
