import { programs } from "../programs.js";
import type { Suite } from "../suite.js";

/** What happens when a container's process ends by itself. */
export function restartPolicy(suite: Suite): void {
  const { expect } = suite;
  const needs = ["restartPolicy"] as const;

  for (const policy of ["always", "unless-stopped", "on-failure"] as const) {
    suite.test(
      `${policy} starts a failing container again until it stays up`,
      async (scope) => {
        const name = await scope.start({
          args: programs.flaky(3),
          restartPolicy: { name: policy },
        });
        const info = await scope.eventually(async () => {
          const current = await scope.runtime.containers.inspect(name);
          return current.status === "running" && current.restartCount >= 2 ? current : undefined;
        });
        expect(info.restartCount).toBe(2);
        await scope.eventually(async () => {
          const lines = (await scope.log(name)).map(({ line }) => line);
          return lines.includes("run 3") || undefined;
        });
        expect(info.restartPolicy.name).toBe(policy);
      },
      { needs: [...needs] },
    );
  }

  suite.test(
    "on-failure lets a container that succeeded rest, and gives up after the retries allowed",
    async (scope) => {
      const succeeded = await scope.start({
        args: programs.exit(0),
        restartPolicy: { name: "on-failure" },
      });
      const failing = await scope.start({
        args: programs.exit(9),
        restartPolicy: { name: "on-failure", maximumRetryCount: 2 },
      });
      const settled = (name: string): Promise<{ restartCount: number; exitCode?: number }> =>
        scope.eventually(async () => {
          const info = await scope.runtime.containers.inspect(name);
          return info.status === "stopped" ? info : undefined;
        });
      expect(await settled(succeeded)).toMatchObject({ restartCount: 0, exitCode: 0 });
      expect(await settled(failing)).toMatchObject({ restartCount: 2, exitCode: 9 });
    },
    { needs: [...needs] },
  );

  suite.test(
    "stop suspends the policy until the next start",
    async (scope) => {
      const name = await scope.start({ args: programs.idle(1), restartPolicy: { name: "always" } });
      await scope.runtime.containers.stop(name);
      expect(await scope.runtime.containers.wait(name)).toBe(1);
      expect(await scope.runtime.containers.inspect(name)).toMatchObject({
        status: "stopped",
        restartCount: 0,
      });
      await scope.runtime.containers.start(name);
      expect((await scope.runtime.containers.inspect(name)).status).toBe("running");
    },
    { needs: [...needs] },
  );

  suite.test(
    "a container that keeps failing can be stopped and removed",
    async (scope) => {
      const name = await scope.start({ args: programs.exit(1), restartPolicy: { name: "always" } });
      await scope.eventually(async () =>
        (await scope.runtime.containers.inspect(name)).restartCount > 0 ? true : undefined,
      );
      await scope.runtime.containers.stop(name);
      expect((await scope.runtime.containers.inspect(name)).status).toBe("stopped");
      await scope.runtime.containers.remove(name);
    },
    { needs: [...needs] },
  );
}
