import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programs, valuesOf } from "../programs.js";
import type { Suite } from "../suite.js";

const CAP_SYS_ADMIN = 1n << 21n;

/** What a spec asks for is what the process finds; what cannot be had leaves nothing behind. */
export function creation(suite: Suite): void {
  const { expect } = suite;

  suite.test(
    "a name that is taken is NAME_IN_USE, and the other container stays as it is",
    async (scope) => {
      const spec = scope.spec();
      const id = await scope.runtime.containers.create(spec);
      await suite.rejects(scope.runtime.containers.create(spec), "NAME_IN_USE");
      expect((await scope.runtime.containers.inspect(spec.name)).id).toBe(id);
    },
  );

  suite.test(
    "an image that is not present is IMAGE_NOT_FOUND: create never pulls",
    async (scope) => {
      const spec = scope.spec({ image: "localhost/k3d-conformance/none:1" });
      await suite.rejects(scope.runtime.containers.create(spec), "IMAGE_NOT_FOUND");
      await suite.rejects(scope.runtime.containers.inspect(spec.name), "NOT_FOUND");
    },
  );

  suite.test(
    "a network that does not exist is NOT_FOUND and leaves no container",
    async (scope) => {
      const spec = scope.spec({ networks: [{ name: scope.unused() }] });
      await suite.rejects(scope.runtime.containers.create(spec), "NOT_FOUND");
      await suite.rejects(scope.runtime.containers.inspect(spec.name), "NOT_FOUND");
    },
  );

  suite.test(
    "a second network that does not exist is NOT_FOUND and leaves no container",
    async (scope) => {
      const network = await scope.network();
      const spec = scope.spec({ networks: [{ name: network.name }, { name: scope.unused() }] });
      await suite.rejects(scope.runtime.containers.create(spec), "NOT_FOUND");
      await suite.rejects(scope.runtime.containers.inspect(spec.name), "NOT_FOUND");
    },
    { needs: ["multipleNetworks"] },
  );

  suite.test(
    "a spec that the engine refuses is INVALID_INPUT and leaves nothing",
    async (scope) => {
      const spec = scope.spec({ mounts: [{ type: "tmpfs", destination: "not/absolute" }] });
      await suite.rejects(scope.runtime.containers.create(spec), "INVALID_INPUT");
      await suite.rejects(scope.runtime.containers.inspect(spec.name), "NOT_FOUND");
    },
  );

  suite.test(
    "the process finds its arguments, environment, directory, user, host name, mounts and hosts as the spec says, also after a restart",
    async (scope) => {
      const args = ["a b", "$HOME", "c'd\"e"];
      const env = ["GREETING=hello world", "EMPTY=", "WITH_EQUALS=a=b"];
      const name = await scope.start({
        args: programs.surroundings("/scratch", ...args),
        process: { env, cwd: "/tmp", user: "1234:2345" },
        hostname: "chosen",
        mounts: [{ type: "tmpfs", destination: "/scratch", options: ["size=1m"] }],
        extraHosts: [{ ip: "192.0.2.7", hostnames: ["one.example", "two.example"] }],
      });
      const first = await scope.linesAfterEnd(name);
      expectSurroundings(first);
      await scope.runtime.containers.wait(name);
      await scope.runtime.containers.start(name);
      expectSurroundings((await scope.linesAfterEnd(name)).slice(first.length));

      function expectSurroundings(lines: readonly string[]): void {
        const found = (kind: string): string[] => valuesOf(lines, kind);
        expect(found("pid")).toEqual(["1"]);
        expect(found("cwd")).toEqual(["/tmp"]);
        expect(found("user")).toEqual(["1234:2345"]);
        expect(found("hostname")).toEqual(["chosen"]);
        expect(found("mount")).toEqual(["tmpfs"]);
        expect(found("arg")).toEqual(args);
        expect(found("env")).toEqual(
          expect.arrayContaining([...env, expect.stringMatching(/^PATH=.*\/bin/)]),
        );
        const names = found("hosts")
          .filter((line) => line.startsWith("192.0.2.7"))
          .flatMap((line) => line.split(/\s+/).slice(1));
        expect(names.toSorted()).toEqual(["one.example", "two.example"]);
      }
    },
  );

  suite.test("the host name is the container's name unless given", async (scope) => {
    const name = await scope.idle();
    expect(await scope.output(name, programs.hostname())).toBe(name);
  });

  suite.test("init runs as process 1 before the container's own", async (scope) => {
    const wrapped = await scope.start({ args: programs.processId(), init: true });
    const firstLine = async (): Promise<string | undefined> => {
      const lines = scope.runtime.containers.logs(wrapped, { follow: true });
      for await (const { line } of lines) return line;
      return undefined;
    };
    expect(await firstLine()).toMatch(/^([2-9]|\d\d+)$/);
    await scope.runtime.containers.stop(wrapped);
    expect((await scope.runtime.containers.inspect(wrapped)).exitCode).toBe(0);
  });

  suite.test(
    "a privileged container has the capabilities of the host, another has not",
    async (scope) => {
      const plain = await scope.idle();
      const privileged = await scope.start({ privileged: true });
      const isAdmin = async (name: string): Promise<boolean> =>
        (BigInt(`0x${await scope.output(name, programs.capabilities())}`) & CAP_SYS_ADMIN) !== 0n;
      expect(await isAdmin(plain)).toBe(false);
      expect(await isAdmin(privileged)).toBe(true);
    },
    { needs: ["privileged"] },
  );

  suite.test(
    "a bind mount shows a directory of this machine",
    async (scope) => {
      const dir = await mkdtemp(join(tmpdir(), "k3dconf-"));
      scope.defer(() => rm(dir, { recursive: true }));
      await writeFile(join(dir, "file"), "from outside");
      const mounts = [{ type: "bind" as const, source: dir, destination: "/from-outside" }];
      const name = await scope.start({ mounts });
      expect(await scope.output(name, programs.read("/from-outside/file"))).toBe("from outside");
    },
    { needs: ["localBindMounts"] },
  );

  suite.test(
    "hostNetwork shares the host's network",
    async (scope) => {
      const own = await scope.idle();
      const host = await scope.start({ hostNetwork: true });
      const interfaces = async (name: string): Promise<string> =>
        scope.output(name, programs.networkInterfaces());
      expect(await interfaces(host)).not.toBe(await interfaces(own));
      expect((await scope.runtime.containers.inspect(host)).spec.hostNetwork).toBe(true);
    },
    { needs: ["hostNetwork"] },
  );
}
