import { programs } from "../programs.js";
import type { Suite } from "../suite.js";

/** Calls at the same time do not disturb each other. */
export function concurrency(suite: Suite): void {
  const { expect } = suite;
  const TOGETHER = 8;

  suite.test("containers are created, started and removed at the same time", async (scope) => {
    const network = await scope.network();
    const names = await Promise.all(
      Array.from({ length: TOGETHER }, () => scope.start({ networks: [{ name: network.name }] })),
    );
    const infos = await Promise.all(names.map((name) => scope.runtime.containers.inspect(name)));
    expect(infos.every(({ status }) => status === "running")).toBe(true);
    expect(new Set(infos.map(({ networks }) => networks[0]?.ipv4Address)).size).toBe(TOGETHER);
    await Promise.all(names.map((name) => scope.runtime.containers.remove(name, { force: true })));
    expect(await scope.runtime.containers.list({ labels: scope.labels })).toEqual([]);
  });

  suite.test("of two creations under one name exactly one succeeds", async (scope) => {
    const spec = scope.spec();
    const outcomes = await Promise.allSettled([
      scope.runtime.containers.create(spec),
      scope.runtime.containers.create(spec),
    ]);
    const failures = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(failures).toHaveLength(1);
    expect(failures[0]?.reason).toMatchObject({ code: "NAME_IN_USE" });
  });

  suite.test("execs at the same time keep their outputs apart", async (scope) => {
    const name = await scope.idle();
    const outputs = await Promise.all(
      Array.from({ length: TOGETHER }, (_, index) =>
        scope.run(name, programs.printBoth(`out ${index}`, `err ${index}`)),
      ),
    );
    expect(outputs).toEqual(
      Array.from({ length: TOGETHER }, (_, index) => ({
        exitCode: 0,
        stdout: `out ${index}\n`,
        stderr: `err ${index}\n`,
      })),
    );
  });

  suite.test("several followers of one log all get every line", async (scope) => {
    const name = await scope.start({ args: programs.staged() });
    const followers = [1, 2, 3].map(() => scope.log(name, { follow: true }));
    await scope.output(name, programs.touch("/tmp/go"));
    await scope.output(name, programs.touch("/tmp/end"));
    for (const follower of followers)
      expect((await follower).map(({ line }) => line)).toEqual(["first", "second", "third"]);
  });

  suite.test("list works while containers come and go", async (scope) => {
    const state = { busy: true };
    const churn = Promise.all(
      Array.from({ length: 4 }, async () => {
        const name = await scope.start();
        await scope.runtime.containers.remove(name, { force: true });
      }),
    ).finally(() => {
      state.busy = false;
    });
    while (state.busy) {
      for (const { name } of await scope.runtime.containers.list({ labels: scope.labels }))
        expect(name).toContain("k3dconf-");
    }
    await churn;
  });

  suite.test("two removals at the same time leave nothing and do not both fail", async (scope) => {
    const name = await scope.start();
    const outcomes = await Promise.allSettled(
      [1, 2].map(() => scope.runtime.containers.remove(name, { force: true })),
    );
    expect(outcomes.some(({ status }) => status === "fulfilled")).toBe(true);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected")
        expect(outcome.reason).toMatchObject({ code: "NOT_FOUND" });
    }
    await suite.rejects(scope.runtime.containers.inspect(name), "NOT_FOUND");
  });
}
