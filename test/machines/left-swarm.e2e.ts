import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { onMachines, possible, type OnMachines } from "./support/on-machines.ts";

describe.runIf(possible)("a cluster of which an engine has left the swarm", () => {
  let at: OnMachines;
  let cluster: string;

  beforeAll(async () => {
    at = await onMachines(true);
    cluster = at.world.name("left");
    await at.world.k3d("cluster", "create", cluster, "--agents", "2", ...at.flags);
    await at.world.k3d("cluster", "stop", cluster);
    await at.swarm.client("m2", "swarm", "leave", "--force");
  });
  afterAll(async () => {
    await at?.world.run(["cluster", "delete", cluster]);
    await at?.swarm.dispose();
    await at?.world.dispose();
  });

  const node = (rest: string): string => `k3d-${cluster}-${rest}`;
  const running = (machine: string): Promise<string> =>
    at.swarm.client(machine, "ps", "--format", "{{.Names}}");

  it("starts on the other machines, and says what to do", async () => {
    const { exitCode, stderr } = await at.world.run(["cluster", "start", cluster]);
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toMatch(/Nodes on m2 are left out: the engine of machine m2 is in no group/);
    expect(stderr).toContain("k3d machines join");
    expect(await running("m2")).toBe("");
    expect(await running("m3")).toBe(node("agent-1"));
    await vi.waitFor(
      async () =>
        expect(await at.world.readyNodes()).toEqual([node("agent-1"), node("server-0")].toSorted()),
      { timeout: 120_000, interval: 1000 },
    );
  });

  it("is whole once the engine has joined again", async () => {
    await at.world.k3d("machines", "join", ...at.flags);
    await at.world.k3d("cluster", "start", cluster);
    expect(await running("m2")).toBe(node("agent-0"));
    await vi.waitFor(
      async () =>
        expect(await at.world.readyNodes()).toEqual(
          [node("agent-0"), node("agent-1"), node("server-0")].toSorted(),
        ),
      { timeout: 120_000, interval: 1000 },
    );
  });
});
