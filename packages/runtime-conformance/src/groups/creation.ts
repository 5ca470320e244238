import { programs } from "../programs.js";
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
      const spec = scope.spec({ networks: [{ name: scope.name("none") }] });
      await suite.rejects(scope.runtime.containers.create(spec), "NOT_FOUND");
      await suite.rejects(scope.runtime.containers.inspect(spec.name), "NOT_FOUND");
    },
  );

  suite.test(
    "a second network that does not exist is NOT_FOUND and leaves no container",
    async (scope) => {
      const network = await scope.network();
      const spec = scope.spec({ networks: [{ name: network.name }, { name: scope.name("none") }] });
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

  suite.test("args are the whole command line", async (scope) => {
    const name = await scope.start({ args: programs.print("a b", "$HOME", "c'd\"e") });
    expect(await scope.linesAfterEnd(name)).toEqual(["a b", "$HOME", "c'd\"e"]);
  });

  suite.test("env is added to the image's own", async (scope) => {
    const name = await scope.start({
      process: { env: ["GREETING=hello world", "EMPTY=", "WITH_EQUALS=a=b"] },
    });
    expect(await scope.output(name, programs.variable("GREETING"))).toBe("hello world");
    expect(await scope.output(name, programs.variable("EMPTY"))).toBe("");
    expect(await scope.output(name, programs.variable("WITH_EQUALS"))).toBe("a=b");
    expect(await scope.output(name, programs.variable("PATH"))).toContain("/bin");
  });

  suite.test("cwd is the working directory", async (scope) => {
    const name = await scope.start({ args: programs.workingDirectory(), process: { cwd: "/tmp" } });
    expect(await scope.linesAfterEnd(name)).toEqual(["/tmp"]);
  });

  suite.test("user is the user and group", async (scope) => {
    const name = await scope.start({ args: programs.userId(), process: { user: "1234:2345" } });
    expect(await scope.linesAfterEnd(name)).toEqual(["1234:2345"]);
  });

  suite.test("the host name is the container's name unless given", async (scope) => {
    const unnamed = await scope.start();
    expect(await scope.output(unnamed, programs.hostname())).toBe(unnamed);
    const named = await scope.start({ hostname: "chosen" });
    expect(await scope.output(named, programs.hostname())).toBe("chosen");
  });

  suite.test("init runs as process 1 before the container's own", async (scope) => {
    const plain = await scope.start({ args: programs.processId() });
    const wrapped = await scope.start({ args: programs.processId(), init: true });
    const firstLine = async (name: string): Promise<string | undefined> => {
      for await (const { line } of scope.runtime.containers.logs(name, { follow: true }))
        return line;
      return undefined;
    };
    expect(await firstLine(plain)).toBe("1");
    expect(await firstLine(wrapped)).toMatch(/^\d+$/);
    expect(await firstLine(wrapped)).not.toBe("1");
    await scope.runtime.containers.stop(wrapped);
    expect((await scope.runtime.containers.inspect(wrapped)).exitCode).toBe(0);
  });

  suite.test(
    "a privileged container has the capabilities of the host, another has not",
    async (scope) => {
      const plain = await scope.start();
      const privileged = await scope.start({ privileged: true });
      const isAdmin = async (name: string): Promise<boolean> =>
        (BigInt(`0x${await scope.output(name, programs.capabilities())}`) & CAP_SYS_ADMIN) !== 0n;
      expect(await isAdmin(plain)).toBe(false);
      expect(await isAdmin(privileged)).toBe(true);
    },
    { needs: ["privileged"] },
  );

  suite.test("a tmpfs is mounted", async (scope) => {
    const name = await scope.start({
      mounts: [{ type: "tmpfs", destination: "/scratch", options: ["size=1m"] }],
    });
    expect(await scope.output(name, programs.mountType("/scratch"))).toBe("tmpfs");
  });

  suite.test("extra hosts are in /etc/hosts, also after a restart", async (scope) => {
    const name = await scope.start({
      extraHosts: [{ ip: "192.0.2.7", hostnames: ["one.example", "two.example"] }],
    });
    const addresses = async (): Promise<string[]> =>
      (await scope.output(name, programs.read("/etc/hosts")))
        .split("\n")
        .filter((line) => line.startsWith("192.0.2.7"))
        .flatMap((line) => line.split(/\s+/).slice(1));
    expect((await addresses()).toSorted()).toEqual(["one.example", "two.example"]);
    await scope.runtime.containers.stop(name);
    await scope.runtime.containers.start(name);
    expect((await addresses()).toSorted()).toEqual(["one.example", "two.example"]);
  });

  suite.test(
    "hostNetwork shares the host's network",
    async (scope) => {
      const own = await scope.start();
      const host = await scope.start({ hostNetwork: true });
      const interfaces = async (name: string): Promise<string> =>
        scope.output(name, programs.networkInterfaces());
      expect(await interfaces(host)).not.toBe(await interfaces(own));
      expect((await scope.runtime.containers.inspect(host)).spec.hostNetwork).toBe(true);
    },
    { needs: ["hostNetwork"] },
  );
}
