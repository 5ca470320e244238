import { Readable } from "node:stream";
import { K3dError, RUNTIME_CALLS } from "@k3d/core/runtime";
import { SAMPLE_CALLS } from "@k3d/core/testing";
import { programs } from "../programs.js";
import { text } from "../scope.js";
import type { Suite } from "../suite.js";

/** Every call stops when its signal aborts, and harms no later one. */
export function abort(suite: Suite): void {
  const { expect } = suite;

  suite.test(
    "a signal that is aborted already rejects every call with ABORTED and nothing happens",
    async (scope) => {
      const volumes = (await scope.runtime.capabilities).volumes;
      const targets = {
        container: await scope.start(),
        network: (await scope.network()).name,
        volume: volumes ? await scope.volume() : "none",
        image: scope.busybox,
        spec: scope.spec(),
        labels: scope.labels,
      };
      for (const name of RUNTIME_CALLS) {
        if (name.startsWith("housekeeping.") && !scope.runtime.housekeeping) continue;
        if (name.startsWith("groups.") && !scope.runtime.groups) continue;
        if (name === "dial" && !scope.runtime.dial) continue;
        if (name === "networks.freeSubnet" && !scope.runtime.networks.freeSubnet) continue;
        const call = SAMPLE_CALLS[name](scope.runtime, targets, { signal: AbortSignal.abort() });
        // A capability that is missing may be told first.
        await suite.rejects(call, "ABORTED", "UNSUPPORTED").catch((error: Error) => {
          throw new Error(`${name}: ${error.message}`, { cause: error });
        });
      }
      expect((await scope.runtime.containers.inspect(targets.container)).status).toBe("running");
      expect(await scope.runtime.containers.list({ labels: scope.labels })).toHaveLength(1);
      expect(await scope.runtime.networks.list({ labels: scope.labels })).toHaveLength(1);
      if (volumes)
        expect(await scope.runtime.volumes.list({ labels: scope.labels })).toHaveLength(1);
      await scope.runtime.images.inspect(scope.busybox);
    },
  );

  suite.test("a K3dError given as the reason is what the call rejects with", async (scope) => {
    const name = await scope.idle();
    const reason = new K3dError("TIMEOUT", "too late");
    const controller = new AbortController();
    const waiting = scope.runtime.containers.wait(name, { signal: controller.signal });
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  suite.test("wait stops waiting", async (scope) => {
    const name = await scope.idle();
    const controller = new AbortController();
    const waiting = scope.runtime.containers.wait(name, { signal: controller.signal });
    await scope.runtime.containers.inspect(name);
    controller.abort();
    await suite.rejects(waiting, "ABORTED");
    expect((await scope.runtime.containers.inspect(name)).status).toBe("running");
  });

  suite.test("stop stops waiting for a process that ignores SIGTERM", async (scope) => {
    const name = await scope.start({ args: programs.stubborn() });
    await scope.untilLine(name, "ready");
    const started = Date.now();
    await suite.rejects(
      scope.runtime.containers.stop(name, {
        timeoutSeconds: suite.limit(30_000) / 1000,
        signal: AbortSignal.timeout(300),
      }),
      "ABORTED",
    );
    expect(Date.now() - started).toBeLessThan(suite.limit(10_000));
  });

  suite.test("exec: the exit code rejects and the streams end", async (scope) => {
    const name = await scope.idle();
    const controller = new AbortController();
    const command = await scope.runtime.containers.exec(name, {
      args: programs.idle(),
      signal: controller.signal,
    });
    const reading = Promise.allSettled([text(command.stdout), text(command.stderr)]);
    controller.abort();
    await suite.rejects(command.exitCode, "ABORTED");
    await reading;
  });

  suite.test("logs without follow reject, with follow they end", async (scope) => {
    const name = await scope.idle();
    await suite.rejects(scope.log(name, { signal: AbortSignal.abort() }), "ABORTED");
    expect(await scope.log(name, { follow: true, signal: AbortSignal.abort() })).toEqual([]);
  });

  suite.test("follow of a silent container ends", async (scope) => {
    const name = await scope.idle();
    expect(await scope.log(name, { follow: true, signal: AbortSignal.timeout(300) })).toEqual([]);
  });

  suite.test("getArchive: the stream fails", async (scope) => {
    const name = await scope.idle();
    await scope.output(name, programs.makeFile("/big", 64 * 1024 * 1024));
    const controller = new AbortController();
    const archive = await scope.runtime.containers.getArchive(name, "/big", {
      signal: controller.signal,
    });
    const reading = (async () => {
      for await (const _ of archive) controller.abort();
    })();
    await expect(reading).rejects.toThrow();
  });

  suite.test("putArchive: gives up on a source that never ends", async (scope) => {
    const name = await scope.idle();
    const silent = new Readable({ read: () => undefined });
    const controller = new AbortController();
    const put = scope.runtime.containers.putArchive(name, "/tmp", silent, {
      signal: controller.signal,
    });
    await scope.runtime.info();
    controller.abort();
    await suite.rejects(put, "ABORTED");
    expect(silent.destroyed).toBe(true);
  });

  suite.test(
    "pull gives up",
    async ({ runtime }) => {
      const controller = new AbortController();
      const pull = runtime.images.pull("registry.invalid/k3d-conformance:1", {
        signal: controller.signal,
      });
      controller.abort();
      await suite.rejects(pull, "ABORTED");
    },
    { needs: ["imagePull"] },
  );

  suite.test("calls after an aborted one work", async (scope) => {
    const name = await scope.idle();
    const controller = new AbortController();
    const calls = Array.from({ length: 10 }, () =>
      scope.runtime.containers.wait(name, { signal: controller.signal }),
    );
    controller.abort();
    // All at once: one may be rejected before another, and must not be unheard of until then.
    await Promise.all(calls.map((call) => suite.rejects(call, "ABORTED")));
    expect(await scope.output(name, programs.print("fine"))).toBe("fine");
  });
}
