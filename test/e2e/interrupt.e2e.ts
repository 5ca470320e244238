import { expect, it } from "vitest";
import { interruptedAt } from "./support/interrupted.js";
import { onEveryEngine } from "./support/suite.js";

onEveryEngine("interrupted create", (world, engine) => {
  it("leaves nothing after SIGINT while containers are made", () =>
    interruptedAt(world(), /"step\.started","id":"container:/, "SIGINT", 130));

  it("leaves nothing after SIGTERM while it waits", () =>
    interruptedAt(world(), /"step\.started","id":"ready:api"/, "SIGTERM", 143));

  it("leaves nothing when the engine refuses a container half-way", async () => {
    const w = world();
    const cluster = w.name("int");
    const image = (process.env["K3D_E2E_BUSYBOX_IMAGE"] ?? "k3d.local/busybox:dev").trim();
    const squatter = `k3d-${cluster}-agent-0`;
    await engine.client(
      "run",
      "-d",
      "--init",
      "--name",
      squatter,
      "--label",
      "k3d-e2e=squatter",
      image,
      "sleep",
      "300",
    );
    try {
      const result = await w.run(["cluster", "create", cluster, "--agents", "2"]);
      expect(result.exitCode, result.stderr).toBe(4);
      expect(result.stderr).toContain(squatter);
      expect(await w.traces(cluster)).toEqual([]);
      expect((await engine.inspect(squatter)).State.Running).toBe(true);
    } finally {
      await engine.client("rm", "-f", squatter);
    }
  });
});
