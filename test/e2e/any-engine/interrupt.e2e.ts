import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { interruptedAt, SLOW_BOOT } from "../support/interrupted.js";
import { onEveryEngine } from "../support/suite.js";

onEveryEngine("interrupted create, at any moment", (world) => {
  it.each([
    { when: "before anything exists", moment: /"step\.started"/ },
    { when: "while the network is made", moment: /"step\.started","id":"network"/ },
    { when: "while nodes start", moment: /"step\.started","id":"start:k3d-[^"]*-server-0"/ },
    { when: "while it waits for the API", moment: /"step\.started","id":"ready:api"/ },
  ])("leaves nothing after SIGINT $when", ({ moment }) =>
    interruptedAt(world(), moment, "SIGINT", 130),
  );

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
});
