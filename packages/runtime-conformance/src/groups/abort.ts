import { Readable } from "node:stream";
import { K3dError, type CallOptions } from "@k3d/core";
import { programs } from "../programs.js";
import { text, type Scope } from "../scope.js";
import type { Suite } from "../suite.js";

type Call = (
  scope: Scope,
  target: { container: string; network: string },
  options: CallOptions,
) => Promise<unknown>;

const CALLS: Record<string, Call> = {
  info: ({ runtime }, _, options) => runtime.info(options),
  "containers.create": (scope, _, options) =>
    scope.runtime.containers.create(scope.spec(), options),
  "containers.start": ({ runtime }, { container }, options) =>
    runtime.containers.start(container, options),
  "containers.stop": ({ runtime }, { container }, options) =>
    runtime.containers.stop(container, options),
  "containers.remove": ({ runtime }, { container }, options) =>
    runtime.containers.remove(container, options),
  "containers.inspect": ({ runtime }, { container }, options) =>
    runtime.containers.inspect(container, options),
  "containers.list": ({ runtime }, _, options) => runtime.containers.list(options),
  "containers.wait": ({ runtime }, { container }, options) =>
    runtime.containers.wait(container, options),
  "containers.exec": ({ runtime }, { container }, options) =>
    runtime.containers.exec(container, { args: ["true"], ...options }),
  "containers.logs": (scope, { container }, options) => scope.log(container, options),
  "containers.putArchive": ({ runtime }, { container }, options) =>
    runtime.containers.putArchive(container, "/tmp", Readable.from([Buffer.alloc(1024)]), options),
  "containers.getArchive": ({ runtime }, { container }, options) =>
    runtime.containers.getArchive(container, "/tmp", options),
  "images.inspect": ({ runtime, busybox }, _, options) => runtime.images.inspect(busybox, options),
  "images.list": ({ runtime }, _, options) => runtime.images.list(options),
  "networks.create": (scope, _, options) =>
    scope.runtime.networks.create({ name: scope.name("n"), labels: scope.labels }, options),
  "networks.inspect": ({ runtime }, { network }, options) =>
    runtime.networks.inspect(network, options),
  "networks.list": ({ runtime }, _, options) => runtime.networks.list(options),
  "networks.remove": ({ runtime }, { network }, options) =>
    runtime.networks.remove(network, options),
};

/** Every call stops when its signal aborts, and harms no later one. */
export function abort(suite: Suite): void {
  const { expect } = suite;

  suite.test(
    "a signal that is aborted already rejects every call with ABORTED and nothing happens",
    async (scope) => {
      const target = { container: await scope.start(), network: (await scope.network()).name };
      for (const [name, call] of Object.entries(CALLS)) {
        await suite
          .rejects(call(scope, target, { signal: AbortSignal.abort() }), "ABORTED")
          .catch((error: Error) => {
            throw new Error(`${name}: ${error.message}`, { cause: error });
          });
      }
      expect((await scope.runtime.containers.inspect(target.container)).status).toBe("running");
      expect(await scope.runtime.containers.list({ labels: scope.labels })).toHaveLength(1);
      expect(await scope.runtime.networks.list({ labels: scope.labels })).toHaveLength(1);
    },
  );

  suite.test("a K3dError given as the reason is what the call rejects with", async (scope) => {
    const name = await scope.start();
    const reason = new K3dError("TIMEOUT", "too late");
    const controller = new AbortController();
    const waiting = scope.runtime.containers.wait(name, { signal: controller.signal });
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  suite.test("wait stops waiting", async (scope) => {
    const name = await scope.start();
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
      scope.runtime.containers.stop(name, { timeoutSeconds: 30, signal: AbortSignal.timeout(300) }),
      "ABORTED",
    );
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  suite.test("exec: the exit code rejects and the streams end", async (scope) => {
    const name = await scope.start();
    const controller = new AbortController();
    const command = await scope.runtime.containers.exec(name, {
      args: programs.staged(),
      signal: controller.signal,
    });
    const reading = Promise.allSettled([text(command.stdout), text(command.stderr)]);
    controller.abort();
    await suite.rejects(command.exitCode, "ABORTED");
    await reading;
  });

  suite.test("logs without follow reject, with follow they end", async (scope) => {
    const name = await scope.start({ args: programs.print("line") });
    await scope.runtime.containers.wait(name);
    await suite.rejects(scope.log(name, { signal: AbortSignal.abort() }), "ABORTED");
    expect(await scope.log(name, { follow: true, signal: AbortSignal.abort() })).toEqual([]);
  });

  suite.test("follow of a silent container ends", async (scope) => {
    const name = await scope.start();
    expect(await scope.log(name, { follow: true, signal: AbortSignal.timeout(300) })).toEqual([]);
  });

  suite.test("getArchive: the stream fails", async (scope) => {
    const name = await scope.start();
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
    const name = await scope.start();
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
    const name = await scope.start();
    const controller = new AbortController();
    const calls = Array.from({ length: 10 }, () =>
      scope.runtime.containers.wait(name, { signal: controller.signal }),
    );
    controller.abort();
    for (const call of calls) await suite.rejects(call, "ABORTED");
    expect(await scope.output(name, programs.print("fine"))).toBe("fine");
  });
}
