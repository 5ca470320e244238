import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { onEveryEngine } from "./support/suite.js";

const SLOW_BOOT = ["--env", "K3S_STANDIN_BOOT_DELAY_MS=30000@server:0"];

onEveryEngine("interrupted create", (world, engine) => {
  /** Interrupts when the progress shows `moment` of the work, then looks at what is left. */
  const interruptedAt = async (
    moment: RegExp,
    signal: NodeJS.Signals,
    exitCode: number,
  ): Promise<void> => {
    const w = world();
    const cluster = w.name("int");
    const running = w.spawn([
      "cluster",
      "create",
      cluster,
      "--agents",
      "1",
      ...SLOW_BOOT,
      "--progress",
      "json",
    ]);
    let seen = "";
    const reached = new Promise<void>((resolve) => {
      running.stderr?.on("data", (chunk: Buffer) => {
        seen += chunk.toString();
        if (moment.test(seen)) resolve();
      });
    });
    await Promise.race([reached, running]);
    expect(seen).toMatch(moment);
    const volumes = await w.volumesOf(cluster).catch(() => []);
    running.kill(signal);
    const result = await running;
    expect(result.exitCode, String(result.stderr)).toBe(exitCode);
    expect(await w.traces(cluster, volumes)).toEqual([]);
  };

  it.each([
    { when: "before anything exists", moment: /"step\.started"/ },
    { when: "while the network is made", moment: /"step\.started","id":"network"/ },
    { when: "while containers are made", moment: /"step\.started","id":"container:/ },
    { when: "while nodes start", moment: /"step\.started","id":"start:k3d-[^"]*-server-0"/ },
    { when: "while it waits for the API", moment: /"step\.started","id":"ready:api"/ },
  ])("leaves nothing after SIGINT $when", ({ moment }) => interruptedAt(moment, "SIGINT", 130));

  it("leaves nothing after SIGTERM while it waits", () =>
    interruptedAt(/"step\.started","id":"ready:api"/, "SIGTERM", 143));

  it("leaves nothing at random moments", async () => {
    const w = world();
    for (const wait of [150, 400, 700, 1100]) {
      const cluster = w.name("int");
      const running = w.spawn(["cluster", "create", cluster, "--agents", "2", ...SLOW_BOOT]);
      await delay(wait);
      running.kill("SIGINT");
      const { exitCode, signal, stderr } = await running;
      // So early that the command had not begun, the signal simply ends it.
      expect(signal ?? exitCode, String(stderr)).toBeOneOf([130, "SIGINT"]);
      expect(await w.traces(cluster)).toEqual([]);
    }
  });

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
