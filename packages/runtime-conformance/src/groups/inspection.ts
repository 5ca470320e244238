import type { ContainerSpec } from "@k3d/core/runtime";
import { programs } from "../programs.js";
import type { Scope } from "../scope.js";
import type { Suite } from "../suite.js";

/** inspect, list, and the spec that they give back. */
export function inspection(suite: Suite): void {
  const { expect } = suite;

  suite.test("inspect tells times, process and count of restarts", async (scope) => {
    const before = Date.now() - 5_000;
    const name = await scope.create();
    const created = await scope.runtime.containers.inspect(name);
    expect(created.created.getTime()).toBeGreaterThan(before);
    expect(created.startedAt).toBeUndefined();
    expect(created.exitCode).toBeUndefined();
    await scope.runtime.containers.start(name);
    const running = await scope.runtime.containers.inspect(name);
    expect(running.startedAt?.getTime()).toBeGreaterThan(before);
    expect(running.exitCode).toBeUndefined();
    expect(running.pid).toBeGreaterThan(0);
    expect(running.restartCount).toBe(0);
    await scope.runtime.containers.stop(name);
    const stopped = await scope.runtime.containers.inspect(name);
    expect(stopped.pid).toBeUndefined();
    expect(stopped.finishedAt?.getTime()).toBeGreaterThanOrEqual(
      running.startedAt?.getTime() ?? Number.POSITIVE_INFINITY,
    );
  });

  suite.test(
    "list tells of all containers, running or not, and agrees with inspect",
    async (scope) => {
      const network = await scope.network();
      const created = await scope.create();
      const running = await scope.start({
        networks: [{ name: network.name }],
        labels: { agree: "yes" },
      });
      const stopped = await scope.start({ args: programs.exit(0) });
      await scope.runtime.containers.wait(stopped);
      // An engine may list a change a moment after it reported it.
      const all = await scope.eventually(async () => {
        const listed = await scope.runtime.containers.list({ labels: scope.labels });
        const found = new Map(listed.map((summary) => [summary.name, summary]));
        return found.get(stopped)?.status === "running" ? undefined : found;
      });
      expect(Object.fromEntries([...all].map(([name, { status }]) => [name, status]))).toEqual({
        [created]: "created",
        [running]: "running",
        [stopped]: "stopped",
      });
      const info = await scope.runtime.containers.inspect(running);
      const listed = all.get(running);
      expect(listed).toMatchObject({
        id: info.id,
        name: info.name,
        image: info.image,
        status: info.status,
        labels: info.labels,
      });
      expect(listed?.labels.agree).toBe("yes");
      expect(listed?.image).toBe(scope.busybox);
      expect(listed?.networks[0]?.name).toBe(network.name);
      expect(listed?.networks[0]?.ipv4Address).toBe(info.networks[0]?.ipv4Address);
      expect(Math.abs((listed?.created.getTime() ?? 0) - info.created.getTime())).toBeLessThan(
        2000,
      );
    },
  );

  suite.test("inspect gives back the spec, and that makes an equal container", async (scope) => {
    const spec = fullSpec(scope);
    await scope.runtime.containers.create(spec);
    const info = await scope.runtime.containers.inspect(spec.name);
    const { spec: kept } = info;
    expect(kept).toMatchObject({
      name: spec.name,
      image: spec.image,
      init: true,
      restartPolicy: { name: "unless-stopped" },
      extraHosts: spec.extraHosts,
    });
    expect(kept.process.args).toEqual(spec.process.args);
    expect(kept.process.env).toEqual(expect.arrayContaining(spec.process.env));
    expect(kept.process).toMatchObject({ cwd: "/tmp", user: "0:0" });
    expect(kept.labels).toMatchObject(spec.labels);
    expect(kept.mounts).toEqual(
      expect.arrayContaining([expect.objectContaining({ type: "tmpfs", destination: "/scratch" })]),
    );
    expect(info.restartPolicy.name).toBe("unless-stopped");
    expect(info.hostname).toBe("chosen");
    expect(info.mounts).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: "tmpfs", destination: "/scratch", readOnly: false }),
      ]),
    );
    await scope.runtime.containers.remove(spec.name);
    await scope.runtime.containers.create(kept);
    await scope.runtime.containers.start(spec.name);
    const { spec: again } = await scope.runtime.containers.inspect(spec.name);
    expect({ ...again, process: { ...again.process, env: again.process.env.toSorted() } }).toEqual({
      ...kept,
      process: { ...kept.process, env: kept.process.env.toSorted() },
    });
    expect(await scope.output(spec.name, programs.variable("KEPT"))).toBe("yes");
  });
}

function fullSpec(scope: Scope): ContainerSpec {
  return scope.spec({
    hostname: "chosen",
    args: programs.idle(),
    process: { env: ["KEPT=yes"], cwd: "/tmp", user: "0:0" },
    mounts: [{ type: "tmpfs", destination: "/scratch" }],
    labels: { kept: "yes" },
    init: true,
    extraHosts: [{ ip: "192.0.2.7", hostnames: ["one.example"] }],
    restartPolicy: { name: "unless-stopped" },
  });
}
