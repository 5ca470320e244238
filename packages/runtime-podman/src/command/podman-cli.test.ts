import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fakePodman, testFolder, type TestFolder } from "../../test-support/fake-podman.js";
import { PodmanCli } from "./podman-cli.js";
import { feed, firstByte, outputOf } from "./streams.js";

const context = { action: "try" };
let folder: TestFolder;

beforeEach(async () => {
  folder = await testFolder();
});
afterEach(() => folder.remove());

async function cli(script: string, globalArgs: string[] = []): Promise<PodmanCli> {
  const command = await fakePodman(folder, script);
  return new PodmanCli({ command, globalArgs, env: { PATH: "/usr/bin:/bin", DIR: folder.path } });
}

describe("PodmanCli", () => {
  it("passes arguments on as they are, after the global ones", async () => {
    const podman = await cli('printf "<%s>" "$@"', ["--url", "unix:///x"]);
    const args = ["create", "$(id)", "a b", "'", "*", "--x=;"];
    expect(await podman.text(args, context)).toBe(
      "<--url><unix:///x><create><$(id)><a b><'><*><--x=;>",
    );
  });

  it("takes output on stderr for no failure", async () => {
    const podman = await cli("echo 'failed to connect to syslog' >&2; echo fine");
    expect(await podman.text([], context)).toBe("fine");
  });

  it("gives podman only the environment that it was told of", async () => {
    const podman = await cli('echo "${HOME-none} $EXTRA"');
    expect((await podman.run([], { env: { EXTRA: "more" } })).stdout).toBe("none more");
  });

  it("repeats a command while podman's database is locked", async () => {
    const podman = await cli(`
      echo x >>"$DIR/count"
      if [ "$(wc -l <"$DIR/count")" -lt 3 ]; then echo "Error: database is locked" >&2; exit 125; fi
      echo done`);
    expect(await podman.text([], context)).toBe("done");
  });

  it("gives what was begun to the next command, if it is that one", async () => {
    const podman = await cli('echo "$*" >>"$DIR/calls"; echo "$*"; [ "$1" != fail ]');
    const calls = async () =>
      (await readFile(join(folder.path, "calls"), "utf8")).trim().split("\n");
    podman.begin(["ps", "--all"]);
    expect(await podman.text(["ps", "--all"], context)).toBe("ps --all");
    expect(await calls()).toEqual(["ps --all"]);
    expect(await podman.text(["ps", "--all"], context)).toBe("ps --all");
    expect(await calls()).toHaveLength(2);
    podman.begin(["ps"]);
    await podman.text(["rm", "x"], context);
    await podman.text(["ps"], context);
    expect((await calls()).slice(2).toSorted()).toEqual(["ps", "ps", "rm x"]);
    podman.begin(["fail"]);
    await expect(podman.text(["fail"], context)).rejects.toThrow("podman ended");
  });

  it("gives up on a command that ignores its end", async () => {
    const podman = await cli(`trap "" TERM; echo x >"$DIR/started"; while :; do sleep 0.05; done`);
    const controller = new AbortController();
    const call = podman.text(["ps"], context, { signal: controller.signal });
    await vi.waitFor(() => readFile(join(folder.path, "started")));
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("gives up on a change at once, and lets it come to its own end", async () => {
    const podman = await cli(
      `trap 'echo cut >"$DIR/cut"; exit 1' TERM; echo x >"$DIR/started"; sleep 0.5; echo x >"$DIR/done"`,
    );
    const controller = new AbortController();
    const options = { signal: controller.signal, unbroken: true };
    const call = podman.text(["network", "connect"], context, options);
    await vi.waitFor(() => readFile(join(folder.path, "started")));
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: "ABORTED" });
    await expect(readFile(join(folder.path, "done"))).rejects.toThrow("ENOENT");
    await podman.close();
    await vi.waitFor(() => readFile(join(folder.path, "done")), 5000);
    await expect(readFile(join(folder.path, "cut"))).rejects.toThrow("ENOENT");
  });

  it("gives up on a lock that stays", async () => {
    const podman = await cli(
      'echo x >>"$DIR/count"; echo "Error: database is locked" >&2; exit 125',
    );
    await expect(podman.text([], context)).rejects.toMatchObject({ code: "RUNTIME_ERROR" });
    expect((await readFile(join(folder.path, "count"), "utf8")).split("\n")).toHaveLength(8);
  });

  it("says how to get a missing command", async () => {
    const podman = new PodmanCli({ command: "/nonexistent/podman", globalArgs: [], env: {} });
    const missing = {
      code: "RUNTIME_UNAVAILABLE",
      message: expect.stringContaining("not installed"),
      hint: expect.stringContaining("K3D_PODMAN_COMMAND"),
    };
    await expect(podman.run([])).rejects.toMatchObject(missing);
    await expect((await podman.stream([])).ended).rejects.toMatchObject(missing);
  });

  it("refuses what is not JSON", async () => {
    const podman = await cli("echo '{'");
    await expect(podman.json([], context)).rejects.toMatchObject({ code: "RUNTIME_ERROR" });
  });

  it("kills the child when aborted, also one that is about to start", async () => {
    const podman = await cli('echo $$ >"$DIR/pid"; exec sleep 100');
    const controller = new AbortController();
    const running = podman.run([], { signal: controller.signal });
    const pid = await pidIn(join(folder.path, "pid"));
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: "ABORTED" });
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    await expect(podman.run([], { signal: controller.signal })).rejects.toMatchObject({
      code: "ABORTED",
    });
  });

  it("is closed although nobody reads what commands write", async () => {
    const podman = await cli(`echo x >"$DIR/started"; while :; do head -c 1000000 /dev/zero; done`);
    const { ended } = await podman.stream([]);
    await vi.waitFor(() => readFile(join(folder.path, "started")));
    await podman.close();
    expect((await ended).signal).toBe("SIGTERM");
  }, 30_000);

  it("ends what still runs when closed", async () => {
    const podman = await cli('echo $$ >"$DIR/pid"; exec sleep 100');
    const { ended } = await podman.stream([]);
    const pid = await pidIn(join(folder.path, "pid"));
    await podman.close();
    expect((await ended).signal).toBe("SIGTERM");
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });

  it("does not lose output that nobody takes at once", async () => {
    const podman = await cli("echo out; echo err >&2");
    const running = await podman.stream([]);
    await running.ended;
    expect([await text(running.stdout), await text(running.stderr)]).toEqual(["out\n", "err\n"]);
  });
});

describe("outputOf", () => {
  it("ends when the command succeeded", async () => {
    const podman = await cli("echo content");
    expect(await text(outputOf(await podman.stream([]), context))).toBe("content\n");
  });

  it("fails when the command fails after some output", async () => {
    const podman = await cli("echo half; echo 'Error: no such container' >&2; exit 125");
    await expect(text(outputOf(await podman.stream([]), context))).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  it("kills the command when it is not wanted any more", async () => {
    const podman = await cli("echo x; exec sleep 100");
    const running = await podman.stream([]);
    const output = outputOf(running, context);
    await firstByte(output);
    output.destroy();
    expect((await running.ended).signal).toBe("SIGTERM");
  });
});

describe("firstByte", () => {
  it("shows the beginning and leaves it in the stream", async () => {
    const stream = new PassThrough();
    stream.end("abc");
    expect(await firstByte(stream)).toBe("abc");
    expect(await text(stream)).toBe("abc");
  });

  it("throws what the stream fails with", async () => {
    const stream = new PassThrough();
    stream.destroy(new Error("broken"));
    await expect(firstByte(stream)).rejects.toThrow("broken");
  });
});

describe("feed", () => {
  it("sends the input and returns the output", async () => {
    const podman = await cli("tr a-z A-Z");
    expect(await feed(await podman.stream([]), Readable.from(["some ", "text"]), context)).toBe(
      "SOME TEXT",
    );
  });

  it("tells podman's reason when it does not read the input to its end", async () => {
    const podman = await cli("exec 0<&-; echo 'Error: no space left on device' >&2; exit 125");
    const endless = Readable.from(forever());
    await expect(feed(await podman.stream([]), endless, context)).rejects.toMatchObject({
      code: "NO_SPACE",
    });
    expect(endless.destroyed).toBe(true);
  });

  it("fails with the error of the input, and kills the command", async () => {
    const podman = await cli("cat >/dev/null; echo fine");
    const broken = new PassThrough();
    const fed = feed(await podman.stream([]), broken, context);
    broken.write("x");
    broken.destroy(new Error("disk error"));
    await expect(fed).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: "Cannot try: disk error",
    });
  });

  it("fails when the input was gone before", async () => {
    const podman = await cli("cat >/dev/null; echo fine");
    const broken = new PassThrough();
    broken.on("error", () => undefined).destroy(new Error("gone"));
    await expect(feed(await podman.stream([]), broken, context)).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
  });
});

function* forever(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(65_536);
}

async function pidIn(path: string): Promise<number> {
  for (let look = 0; look < 500; look++) {
    const content = await readFile(path, "utf8").catch(() => "");
    if (content.endsWith("\n")) return Number(content);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`${path} was not written`);
}
