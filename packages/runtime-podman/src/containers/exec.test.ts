import { access } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { K3dError, type ExecProcess } from "@k3d/core/runtime";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fakePodman, testFolder, type TestFolder } from "../../test-support/fake-podman.js";
import { fixture } from "../../test-support/fixture.js";
import { PodmanCli } from "../command/podman-cli.js";
import { execInContainer } from "./exec.js";

let folder: TestFolder;
beforeEach(async () => {
  folder = await testFolder();
  await folder.write("container.json", JSON.stringify(await fixture("container-running")));
});
afterEach(() => folder.remove());

/** Runs a command in a container whose `podman exec` is this script. */
async function run(script: string, stdin: Readable): Promise<ExecProcess> {
  const command = await fakePodman(
    folder,
    `case "$1" in container) cat "$DIR/container.json";; exec) ${script};; esac`,
  );
  const cli = new PodmanCli({
    command,
    globalArgs: [],
    env: { PATH: "/usr/bin:/bin", DIR: folder.path },
  });
  return execInContainer(cli, "x", { args: ["cat"], stdin });
}

/** A process that reads its input to the end and takes being ended for a success. */
const READER = `trap 'exit 0' TERM; : >"$DIR/ready"; exec 3<&0; cat <&3 >/dev/null 2>&1 & wait`;

describe("exec with standard input", () => {
  it("sends it and reads the answer", async () => {
    const process = await run("exec cat", Readable.from(["da", "ta"]));
    process.stderr.resume();
    expect(await text(process.stdout)).toBe("data");
    expect(await process.exitCode).toBe(0);
  });

  it.each<[string, Error | undefined]>([
    ["fails", new Error("the source broke")],
    ["is closed early", undefined],
  ])("an input that %s is not the end of data", async (_, cause) => {
    const stdin = new PassThrough();
    stdin.write("some");
    const process = await run(READER, stdin);
    process.stdout.resume();
    process.stderr.resume();
    await vi.waitFor(() => access(join(folder.path, "ready")));
    stdin.destroy(cause);
    await expect(process.exitCode).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: expect.stringContaining(cause?.message ?? "before it was complete"),
    });
  });

  it.each([undefined, new Error("read failed")])(
    "is not held up by one over (%s)",
    async (cause) => {
      const stdin = new PassThrough();
      stdin.on("error", () => undefined).destroy(cause);
      const process = await run("exec sleep 60", stdin);
      process.stdout.resume();
      process.stderr.resume();
      await expect(process.exitCode).rejects.toMatchObject({ code: "INVALID_INPUT" });
    },
  );

  it("passes on the input's own coded error", async () => {
    const stdin = new PassThrough();
    const coded = new K3dError("REMOTE_UNAVAILABLE", "the download broke");
    stdin.on("error", () => undefined).destroy(coded);
    const process = await run("exec sleep 60", stdin);
    process.stdout.resume();
    process.stderr.resume();
    await expect(process.exitCode).rejects.toBe(coded);
  });

  it("a process that ends without reading all of it is no failure", async () => {
    const stdin = new PassThrough();
    const process = await run("exit 6", stdin);
    process.stdout.resume();
    process.stderr.resume();
    expect(await process.exitCode).toBe(6);
    stdin.destroy();
  });
});
