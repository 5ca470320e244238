import { programs } from "../programs.js";
import type { Suite } from "../suite.js";

const SIGKILLED = 137;

/** create, start, stop, remove, pause, rename, wait. */
export function lifecycle(suite: Suite): void {
  const { expect } = suite;

  suite.test("a container goes from created over running to stopped, and away", async (scope) => {
    const { containers } = scope.runtime;
    const name = await scope.create();
    expect((await containers.inspect(name)).status).toBe("created");
    await containers.start(name);
    expect((await containers.inspect(name)).status).toBe("running");
    await containers.stop(name);
    expect((await containers.inspect(name)).status).toBe("stopped");
    await containers.remove(name);
    await suite.rejects(containers.inspect(name), "NOT_FOUND");
  });

  suite.test("create returns the id, and id and name both mean the container", async (scope) => {
    const { containers } = scope.runtime;
    const spec = scope.spec();
    const id = await containers.create(spec);
    expect((await containers.inspect(id)).name).toBe(spec.name);
    expect((await containers.inspect(spec.name)).id).toBe(id);
    await containers.start(id);
    expect(await scope.output(id, programs.hostname())).toBe(spec.name);
    await containers.stop(id);
    await containers.remove(id);
  });

  suite.test(
    "starting a running container is no error and does not start it anew",
    async (scope) => {
      const name = await scope.start();
      const before = await scope.runtime.containers.inspect(name);
      await scope.runtime.containers.start(name);
      const after = await scope.runtime.containers.inspect(name);
      expect(after.startedAt).toEqual(before.startedAt);
      expect(after.pid).toBe(before.pid);
    },
  );

  suite.test("stop sends SIGTERM and resolves when the process has ended", async (scope) => {
    const name = await scope.start({ args: programs.idle(3) });
    await scope.runtime.containers.stop(name);
    const info = await scope.runtime.containers.inspect(name);
    expect(info.status).toBe("stopped");
    expect(info.exitCode).toBe(3);
    expect(info.finishedAt).toBeInstanceOf(Date);
  });

  suite.test("stop kills a process that ignores SIGTERM once the time is over", async (scope) => {
    const name = await scope.start({ args: programs.stubborn() });
    await scope.untilLine(name, "ready");
    const started = Date.now();
    await scope.runtime.containers.stop(name, { timeoutSeconds: 1 });
    expect(Date.now() - started).toBeGreaterThanOrEqual(900);
    expect(await scope.runtime.containers.inspect(name)).toMatchObject({
      status: "stopped",
      exitCode: SIGKILLED,
    });
  });

  suite.test("stop waits for as long as the spec says", async (scope) => {
    const name = await scope.start({ args: programs.stubborn(), stopTimeout: 1 });
    await scope.untilLine(name, "ready");
    const started = Date.now();
    await scope.runtime.containers.stop(name);
    expect(Date.now() - started).toBeGreaterThanOrEqual(900);
    const { exitCode, spec } = await scope.runtime.containers.inspect(name);
    expect(exitCode).toBe(SIGKILLED);
    expect(spec.stopTimeout).toBe(1);
  });

  suite.test("stop sends the signal that the spec names", async (scope) => {
    const name = await scope.start({ args: programs.idleUntilUser(6), stopSignal: "SIGUSR1" });
    await scope.untilLine(name, "ready");
    await scope.runtime.containers.stop(name, { timeoutSeconds: 60 });
    const { exitCode, spec } = await scope.runtime.containers.inspect(name);
    expect(exitCode).toBe(6);
    expect(spec.stopSignal).toBe("SIGUSR1");
  });

  suite.test("stopping a stopped container is no error", async (scope) => {
    const name = await scope.start();
    await scope.runtime.containers.stop(name);
    await scope.runtime.containers.stop(name);
    expect((await scope.runtime.containers.inspect(name)).status).toBe("stopped");
  });

  suite.test("a stopped container starts again with its files", async (scope) => {
    const name = await scope.start();
    await scope.output(name, programs.write("/kept", "kept"));
    await scope.runtime.containers.stop(name);
    await scope.runtime.containers.start(name);
    expect(await scope.output(name, programs.read("/kept"))).toBe("kept");
  });

  suite.test(
    "a container whose process ends by itself is stopped and tells the exit code",
    async (scope) => {
      const name = await scope.start({ args: programs.exit(7) });
      expect(await scope.runtime.containers.wait(name)).toBe(7);
      expect(await scope.runtime.containers.inspect(name)).toMatchObject({
        status: "stopped",
        exitCode: 7,
      });
    },
  );

  suite.test("wait resolves once the container has stopped", async (scope) => {
    const name = await scope.start({ args: programs.idle(5) });
    const waiting = scope.runtime.containers.wait(name);
    await scope.runtime.containers.stop(name);
    expect(await waiting).toBe(5);
  });

  suite.test("wait resolves at once for a container that does not run", async (scope) => {
    const name = await scope.start({ args: programs.exit(4) });
    await scope.runtime.containers.wait(name);
    expect(await scope.runtime.containers.wait(name)).toBe(4);
    const created = await scope.create();
    expect(await scope.runtime.containers.wait(created)).toBe(0);
  });

  suite.test("remove refuses a running container unless forced", async (scope) => {
    const name = await scope.start();
    await suite.rejects(scope.runtime.containers.remove(name), "INVALID_INPUT");
    expect((await scope.runtime.containers.inspect(name)).status).toBe("running");
    await scope.runtime.containers.remove(name, { force: true });
    await suite.rejects(scope.runtime.containers.inspect(name), "NOT_FOUND");
  });

  suite.test("a name is free again after the removal", async (scope) => {
    const spec = scope.spec();
    await scope.runtime.containers.create(spec);
    await scope.runtime.containers.remove(spec.name);
    await scope.runtime.containers.create(spec);
  });

  suite.test(
    "pause freezes and unpause goes on",
    async (scope) => {
      const name = await scope.start();
      await scope.runtime.containers.pause(name);
      expect((await scope.runtime.containers.inspect(name)).status).toBe("paused");
      await scope.runtime.containers.unpause(name);
      expect((await scope.runtime.containers.inspect(name)).status).toBe("running");
      expect(await scope.output(name, programs.print("thawed"))).toBe("thawed");
    },
    { needs: ["pause"] },
  );

  suite.test(
    "rename gives a container another name",
    async (scope) => {
      const name = await scope.create();
      const renamed = scope.name();
      await scope.runtime.containers.rename(name, renamed);
      expect((await scope.runtime.containers.inspect(renamed)).name).toBe(renamed);
      await suite.rejects(scope.runtime.containers.inspect(name), "NOT_FOUND");
    },
    { needs: ["rename"] },
  );

  suite.test(
    "rename refuses a name that is taken",
    async (scope) => {
      const one = await scope.create();
      const other = await scope.create();
      await suite.rejects(scope.runtime.containers.rename(one, other), "NAME_IN_USE");
      expect((await scope.runtime.containers.inspect(one)).name).toBe(one);
    },
    { needs: ["rename"] },
  );

  suite.test(
    "start rejects with CONTAINER_FAILED when the process cannot be started",
    async (scope) => {
      const name = await scope.create({ args: ["/no/such/executable"] });
      await suite.rejects(scope.runtime.containers.start(name), "CONTAINER_FAILED");
      expect((await scope.runtime.containers.inspect(name)).status).not.toBe("running");
    },
  );
}
