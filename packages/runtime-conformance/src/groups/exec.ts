import { Readable } from "node:stream";
import type { ExecOptions } from "@k3d/core/runtime";
import { programs, valuesOf } from "../programs.js";
import { text } from "../scope.js";
import type { Suite } from "../suite.js";

/** Processes started inside a running container. */
export function exec(suite: Suite): void {
  const { expect } = suite;

  suite.test("tells both outputs apart and the exit code", async (scope) => {
    const name = await scope.idle();
    expect(await scope.run(name, programs.printBoth("out", "err"))).toEqual({
      exitCode: 0,
      stdout: "out\n",
      stderr: "err\n",
    });
    expect((await scope.run(name, programs.exit(42))).exitCode).toBe(42);
  });

  suite.test("arguments reach the process as they are", async (scope) => {
    const name = await scope.idle();
    const args = ["two words", "$(id)", "a;b", "", "ü→€", "line\nbreak"];
    expect((await scope.run(name, programs.print(...args))).stdout).toBe(`${args.join("\n")}\n`);
  });

  suite.test("env, cwd and user apply to the process alone", async (scope) => {
    const name = await scope.idle();
    const found = async (options: Omit<ExecOptions, "args"> = {}): Promise<string[]> =>
      (await scope.output(name, programs.surroundings("/"), options)).split("\n");
    const own = await found({ env: ["EXTRA=extra"], cwd: "/tmp", user: "1234:2345" });
    expect(valuesOf(own, "env")).toEqual(expect.arrayContaining(["EXTRA=extra", "IDLE=yes"]));
    expect(valuesOf(own, "cwd")).toEqual(["/tmp"]);
    expect(valuesOf(own, "user")).toEqual(["1234:2345"]);
    const next = await found();
    expect(valuesOf(next, "env")).toContain("IDLE=yes");
    expect(valuesOf(next, "env")).not.toContain("EXTRA=extra");
    expect(valuesOf(next, "cwd")).not.toEqual(["/tmp"]);
    expect(valuesOf(next, "user")).toEqual(["0:0"]);
  });

  suite.test("stdin is piped to the process and then closed", async (scope) => {
    const name = await scope.idle();
    const result = await scope.run(name, programs.echoInput(), { input: "one\ntwo\nno newline" });
    expect(result).toEqual({ exitCode: 0, stdout: "one\ntwo\nno newline", stderr: "" });
  });

  suite.test("an empty stdin is closed at once", async (scope) => {
    const name = await scope.idle();
    const command = await scope.runtime.containers.exec(name, {
      args: programs.countInput(),
      stdin: Readable.from([]),
    });
    command.stderr.resume();
    expect((await text(command.stdout)).trim()).toBe("0");
    expect(await command.exitCode).toBe(0);
  });

  suite.test("without stdin the process has an empty one", async (scope) => {
    const name = await scope.idle();
    expect((await scope.run(name, programs.countInput())).stdout.trim()).toBe("0");
  });

  suite.test("a process that ends before its stdin does is no failure", async (scope) => {
    const name = await scope.idle();
    const endless = Readable.from(
      (function* generate() {
        for (;;) yield Buffer.alloc(64 * 1024);
      })(),
      { objectMode: false },
    );
    const command = await scope.runtime.containers.exec(name, {
      args: programs.exit(6),
      stdin: endless,
    });
    command.stdout.resume();
    command.stderr.resume();
    expect(await command.exitCode).toBe(6);
    endless.destroy();
  });

  suite.test("output comes while the process runs", async (scope) => {
    const name = await scope.start();
    const command = await scope.runtime.containers.exec(name, { args: programs.staged() });
    command.stderr.resume();
    const lines = command.stdout[Symbol.asyncIterator]();
    expect(String((await lines.next()).value)).toBe("first\n");
    await scope.output(name, programs.touch("/tmp/go"));
    expect(String((await lines.next()).value)).toBe("second\n");
    await scope.output(name, programs.touch("/tmp/end"));
    expect(String((await lines.next()).value)).toBe("third\n");
    expect((await lines.next()).done).toBe(true);
    expect(await command.exitCode).toBe(0);
  });

  suite.test("output that is not read holds the process back, not the caller", async (scope) => {
    const name = await scope.idle();
    const size = 8 * 1024 * 1024;
    const command = await scope.runtime.containers.exec(name, { args: programs.zeros(size) });
    command.stderr.resume();
    let received = 0;
    for await (const chunk of command.stdout) received += (chunk as Buffer).length;
    expect(received).toBe(size);
    expect(await command.exitCode).toBe(0);
  });

  suite.test("an executable that is not there is COMMAND_FAILED, or 126 or 127", async (scope) => {
    const name = await scope.idle();
    let outcome: unknown;
    try {
      outcome = (await scope.run(name, ["/no/such/executable"])).exitCode;
    } catch (error) {
      outcome = (error as { code?: string }).code;
    }
    expect([126, 127, "COMMAND_FAILED"]).toContain(outcome);
  });

  suite.test("a container that does not run is CONTAINER_FAILED", async (scope) => {
    const created = await scope.create();
    await suite.rejects(
      scope.runtime.containers.exec(created, { args: programs.exit(0) }),
      "CONTAINER_FAILED",
    );
    const stopped = await scope.start({ args: programs.exit(0) });
    await scope.runtime.containers.wait(stopped);
    await suite.rejects(
      scope.runtime.containers.exec(stopped, { args: programs.exit(0) }),
      "CONTAINER_FAILED",
    );
  });

  suite.test(
    "privileged lifts a plain container's process",
    async (scope) => {
      const name = await scope.idle();
      const plain = BigInt(`0x${await scope.output(name, programs.capabilities())}`);
      const lifted = BigInt(
        `0x${await scope.output(name, programs.capabilities(), { privileged: true })}`,
      );
      expect(lifted & ~plain).not.toBe(0n);
    },
    { needs: ["privileged"] },
  );
}
