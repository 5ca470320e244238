import { programs } from "../programs.js";
import type { Suite } from "../suite.js";

const SIGKILLED = 137;

/** create, start, stop, remove, pause, rename, wait. */
export function lifecycle(suite: Suite): void {
  const { expect } = suite;

  suite.test(
    "a container goes from created over running to stopped, and away; its id means the same as its name",
    async (scope) => {
      const { containers } = scope.runtime;
      const spec = scope.spec();
      const id = await containers.create(spec);
      expect(await containers.inspect(id)).toMatchObject({ name: spec.name, status: "created" });
      await containers.start(id);
      expect(await scope.output(id, programs.hostname())).toBe(spec.name);
      expect(await containers.inspect(spec.name)).toMatchObject({ id, status: "running" });
      await containers.stop(id);
      expect((await containers.inspect(spec.name)).status).toBe("stopped");
      await containers.remove(id);
      await suite.rejects(containers.inspect(spec.name), "NOT_FOUND");
    },
  );

  suite.test(
    "starting a running container is no error and does not start it anew",
    async (scope) => {
      const name = await scope.idle();
      const before = await scope.runtime.containers.inspect(name);
      await scope.runtime.containers.start(name);
      const after = await scope.runtime.containers.inspect(name);
      expect(after.startedAt).toEqual(before.startedAt);
      expect(after.pid).toBe(before.pid);
    },
  );

  suite.test(
    "stop sends SIGTERM and resolves when the process has ended, and so does wait; stopping again is no error, and the next start finds the files",
    async (scope) => {
      const { containers } = scope.runtime;
      const name = await scope.start({ args: programs.idle(3) });
      await scope.output(name, programs.write("/kept", "kept"));
      const waiting = containers.wait(name);
      await containers.stop(name);
      const info = await containers.inspect(name);
      expect(info).toMatchObject({ status: "stopped", exitCode: 3 });
      expect(info.finishedAt).toBeInstanceOf(Date);
      expect(await waiting).toBe(3);
      await containers.stop(name);
      expect(await containers.inspect(name)).toMatchObject({ status: "stopped", exitCode: 3 });
      await containers.start(name);
      expect(await scope.output(name, programs.read("/kept"))).toBe("kept");
    },
  );

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

  suite.test(
    "a container whose process ends by itself is stopped and stays so, and tells the exit code; wait resolves at once",
    async (scope) => {
      const { containers } = scope.runtime;
      const name = await scope.start({ args: programs.exit(7) });
      expect(await containers.wait(name)).toBe(7);
      expect(await containers.inspect(name)).toMatchObject({
        status: "stopped",
        exitCode: 7,
        restartCount: 0,
        restartPolicy: { name: "no" },
      });
      expect(await containers.wait(name)).toBe(7);
    },
  );

  suite.test("wait resolves at once for a container that never ran", async (scope) => {
    expect(await scope.runtime.containers.wait(await scope.create())).toBe(0);
  });

  suite.test(
    "remove refuses a running container unless forced; then its name is free again",
    async (scope) => {
      const { containers } = scope.runtime;
      const spec = scope.spec();
      const id = await containers.create(spec);
      await containers.start(id);
      await suite.rejects(containers.remove(spec.name), "INVALID_INPUT");
      expect((await containers.inspect(spec.name)).status).toBe("running");
      await containers.remove(spec.name, { force: true });
      await suite.rejects(containers.inspect(spec.name), "NOT_FOUND");
      expect(await containers.create(spec)).not.toBe(id);
    },
  );

  suite.test(
    "pause freezes and unpause goes on",
    async (scope) => {
      const { containers } = scope.runtime;
      const name = await scope.idle();
      await containers.pause(name);
      expect((await containers.inspect(name)).status).toBe("paused");
      await containers.unpause(name);
      expect((await containers.inspect(name)).status).toBe("running");
      expect(await scope.output(name, programs.print("thawed"))).toBe("thawed");
    },
    { needs: ["pause"] },
  );

  suite.test(
    "rename gives a container another name, but none that is taken",
    async (scope) => {
      const { containers } = scope.runtime;
      const [name, other] = [await scope.create(), await scope.create()];
      await suite.rejects(containers.rename(name, other), "NAME_IN_USE");
      const { id } = await containers.inspect(name);
      const renamed = scope.name();
      await containers.rename(name, renamed);
      expect(await containers.inspect(renamed)).toMatchObject({ id, name: renamed });
      await suite.rejects(containers.inspect(name), "NOT_FOUND");
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
