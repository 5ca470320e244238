import { cpuPercent } from "@k3d/core/runtime";
import { programs } from "../programs.js";
import type { Suite } from "../suite.js";

const MEBIBYTE = 1024 * 1024;

/** What containers use. */
export function stats(suite: Suite): void {
  const { expect } = suite;

  suite.test(
    "stats tell what a container uses",
    async (scope) => {
      const before = Date.now();
      const name = await scope.idle();
      const first = await scope.runtime.containers.stats(name);
      expect(first.time.getTime()).toBeGreaterThanOrEqual(before - 5000);
      expect(first.cpuNanoseconds).toBeGreaterThanOrEqual(0);
      expect(first.memoryBytes).toBeGreaterThan(0);
      expect(first.memoryBytes).toBeLessThan(256 * MEBIBYTE);
      expect(first.memoryLimitBytes).toBeUndefined();
      if (first.tasks !== undefined) expect(first.tasks).toBeGreaterThanOrEqual(1);
      const second = await scope.runtime.containers.stats(name);
      expect(second.cpuNanoseconds).toBeGreaterThanOrEqual(first.cpuNanoseconds);
    },
    { needs: ["stats"] },
  );

  suite.test(
    "stats tell a busy container from an idle one",
    async (scope) => {
      const [idle, busy] = await Promise.all([
        scope.idle(),
        scope.start({ args: programs.busy() }),
      ]);
      const { containers } = scope.runtime;
      const [idleBefore, busyBefore] = await Promise.all([
        containers.stats(idle),
        containers.stats(busy),
      ]);
      await scope.eventually(async () => {
        const [idleNow, busyNow] = await Promise.all([
          containers.stats(idle),
          containers.stats(busy),
        ]);
        const share = cpuPercent(busyBefore, busyNow) ?? 0;
        expect(share).toBeGreaterThan(5);
        expect(share).toBeGreaterThan(cpuPercent(idleBefore, idleNow) ?? 0);
        return true;
      });
    },
    { needs: ["stats"] },
  );

  suite.test(
    "stats refuse a container that does not run or is not there",
    async (scope) => {
      const name = await scope.create();
      await suite.rejects(scope.runtime.containers.stats(name), "CONTAINER_FAILED");
      await suite.rejects(scope.runtime.containers.stats(scope.name()), "NOT_FOUND");
    },
    { needs: ["stats"] },
  );
}
