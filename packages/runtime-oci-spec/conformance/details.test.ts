import { once } from "node:events";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { ContainerRuntime } from "@k3d/core/runtime";
import { extract, pack } from "tar-stream";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { idleSpec, Sandbox } from "./support/sandbox.ts";

let sandbox: Sandbox;
let runtime: ContainerRuntime;

beforeAll(async () => {
  sandbox = await Sandbox.open({ K3D_OCI_LOG_SIZE: "8192" });
  runtime = await sandbox.runtime();
});
afterEach(async () => {
  await sandbox.removeAll();
});
afterAll(async () => {
  await sandbox.close();
});

async function output(
  name: string,
  args: string[],
  options: { user?: string } = {},
): Promise<string> {
  const exec = await runtime.containers.exec(name, { args, ...options });
  const [out, err, code] = await Promise.all([text(exec.stdout), text(exec.stderr), exec.exitCode]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return out.trim();
}

function archiveOf(files: Record<string, string>): Readable {
  const archive = pack();
  for (const [name, content] of Object.entries(files)) archive.entry({ name }, content);
  archive.finalize();
  return Readable.from(archive);
}

async function namesIn(archive: Readable): Promise<string[]> {
  const names: string[] = [];
  const entries = extract();
  archive.pipe(entries);
  for await (const entry of entries) {
    names.push(entry.header.name);
    entry.resume();
  }
  return names.toSorted();
}

async function start(name: string, parts: Parameters<typeof idleSpec>[1] = {}): Promise<void> {
  await runtime.containers.create(idleSpec(name, parts));
  await runtime.containers.start(name);
}

describe("archives", () => {
  it("that cannot be unpacked fail as the contract has it", async () => {
    await runtime.containers.create(idleSpec("stopped"));
    const put = (archive: Readable) => runtime.containers.putArchive("stopped", "/", archive);
    await put(archiveOf({ file: "1" }));
    await expect(put(archiveOf({ "file/below": "2" }))).rejects.toMatchObject({
      name: "K3dError",
      code: "RUNTIME_ERROR",
      message: expect.stringContaining("container putArchive of stopped") as string,
    });
    const broken = Readable.from([Buffer.alloc(10)]);
    broken.destroy();
    await expect(put(broken)).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });

  it("go to the root of a running container, over what is mounted there too", async () => {
    await start("running", { mounts: [{ type: "tmpfs", destination: "/scratch" }] });
    await runtime.containers.putArchive(
      "running",
      "/",
      archiveOf({ "one/deep": "1", "scratch/two": "2" }),
    );
    expect(await output("running", ["cat", "/one/deep", "/scratch/two"])).toBe("12");
    expect(await namesIn(await runtime.containers.getArchive("running", "/scratch"))).toEqual([
      "scratch/",
      "scratch/two",
    ]);
  });

  it("go into volumes and bind mounts before the first start", async () => {
    const directory = join(sandbox.root, "../bound");
    await mkdir(directory);
    await writeFile(join(directory, "here"), "bound");
    await runtime.containers.create(
      idleSpec("fresh", {
        mounts: [
          { type: "bind", source: directory, destination: "/bound" },
          { type: "volume", source: "kept", destination: "/deep/volume" },
        ],
      }),
    );
    await runtime.containers.putArchive(
      "fresh",
      "/",
      archiveOf({ "bound/there": "1", "deep/volume/file": "2" }),
    );
    expect(await readFile(join(directory, "there"), "utf8")).toBe("1");
    expect(await namesIn(await runtime.containers.getArchive("fresh", "/bound/here"))).toEqual([
      "here",
    ]);
    expect(await namesIn(await runtime.containers.getArchive("fresh", "/bound"))).toEqual([
      "bound/",
      "bound/here",
      "bound/there",
    ]);
    await runtime.containers.start("fresh");
    expect(await output("fresh", ["cat", "/bound/there", "/deep/volume/file"])).toBe("12");
  });
});

describe("a command in a container", () => {
  it("has output that may be read late", async () => {
    await start("busy");
    const exec = await runtime.containers.exec("busy", {
      args: ["sh", "-c", "echo late; echo later >&2; touch /done"],
    });
    await output("busy", ["sh", "-c", "until [ -e /done ]; do sleep 0.05; done"]);
    expect(await text(exec.stdout)).toBe("late\n");
    expect(await text(exec.stderr)).toBe("later\n");
    expect(await exec.exitCode).toBe(0);
  });

  it("is killed, and fails, when its input fails or was closed before its end", async () => {
    await start("busy");
    const closed = new PassThrough();
    closed.destroy();
    const failing = new PassThrough();
    failing.write("some");
    for (const stdin of [closed, failing]) {
      const exec = await runtime.containers.exec("busy", {
        args: ["sh", "-c", "cat; echo ended"],
        stdin,
      });
      if (stdin === failing) {
        await once(exec.stdout, "readable");
        stdin.destroy(new Error("the source broke"));
      }
      exec.stderr.resume();
      expect(await text(exec.stdout)).not.toContain("ended");
      await expect(exec.exitCode).rejects.toMatchObject({ code: "RUNTIME_ERROR" });
    }
  });
});

describe("privileged containers", () => {
  it("have the machine's capabilities and devices, others have not", async () => {
    await start("plain");
    await start("powerful", { privileged: true });
    const own = /^CapEff:\s*([0-9a-f]+)$/m.exec(await readFile("/proc/self/status", "utf8"))?.[1];
    const capabilities = ["sh", "-c", 'sed -n "s/^CapEff:[[:space:]]*//p" /proc/1/status'];
    expect(await output("powerful", capabilities)).toBe(own);
    expect(await output("plain", capabilities)).toBe("00000000a80425fb");
    const kmsg = await stat("/dev/kmsg").then(
      () => true,
      () => false,
    );
    expect(
      await output("powerful", ["sh", "-c", "[ -c /dev/kmsg ] && echo true || echo false"]),
    ).toBe(String(kmsg));
    expect(await output("plain", ["sh", "-c", "[ -c /dev/kmsg ] && echo true || echo false"])).toBe(
      "false",
    );
  });
});

describe("an init process", () => {
  it("is process 1, forwards signals and reaps", async () => {
    await start("tidy", {
      init: true,
      process: { env: [], args: ["sh", "-c", "(sleep 0.1 &) ; exec sleep 86400"] },
    });
    expect(await output("tidy", ["sh", "-c", "cat /proc/1/comm"])).not.toBe("sleep");
    const before = performance.now();
    await runtime.containers.stop("tidy", { timeoutSeconds: 30 });
    expect(performance.now() - before).toBeLessThan(25_000);
    expect((await runtime.containers.inspect("tidy")).exitCode).toBe(143);
  });
});

describe("a log", () => {
  it("starts anew when it has grown too big, and a follower gets all of it", async () => {
    const lines = 400;
    const print = `i=0; while [ $i -lt ${lines} ]; do echo "line $i of a log that grows"; i=$((i + 1)); [ $((i % 20)) = 0 ] && sleep 0.2; done; sleep 0.5`;
    await start("chatty", { process: { env: [], args: ["sh", "-c", print] } });
    const followed: string[] = [];
    for await (const { line } of runtime.containers.logs("chatty", { follow: true }))
      followed.push(line);
    expect(followed).toEqual(
      Array.from({ length: lines }, (_, number) => `line ${number} of a log that grows`),
    );
    const kept: string[] = [];
    for await (const { line } of runtime.containers.logs("chatty")) kept.push(line);
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(lines);
    expect(kept.at(-1)).toBe(followed.at(-1));
  });
});

describe("the default network", () => {
  it("comes with the first container that names none and goes with the last", async () => {
    expect(await runtime.networks.list()).toEqual([]);
    await start("one");
    await start("two");
    expect((await runtime.networks.list()).map(({ name }) => name)).toEqual(["oci-default"]);
    expect((await runtime.containers.inspect("one")).spec.networks).toEqual([]);
    expect(await output("one", ["sh", "-c", "grep -c two /etc/hosts"])).toBe("1");
    await runtime.containers.remove("one", { force: true });
    expect(await runtime.networks.list()).toHaveLength(1);
    await runtime.containers.remove("two", { force: true });
    expect(await runtime.networks.list()).toEqual([]);
  });
});
