import { type ChildProcess, spawn } from "node:child_process";
import {
  appendFile,
  chmod,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { NodeView } from "../../../node/views.js";
import type { ExecOptions, ExecProcess } from "../../../runtime/containers.js";
import type { ContainerRuntime } from "../../../runtime/runtime.js";
import { volumeReader } from "./volume-reader.js";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "k3d-volume-"));
});
afterEach(() => rm(directory, { recursive: true }));

/** A node whose commands run in a shell of this machine, with a `ctr` that keeps its input. */
async function reading(ctr = 'cat >"$OUT"; echo "$@" >"$OUT.args"', isThere = true) {
  const [file, out] = [join(directory, "archive.tar"), join(directory, "out")];
  await writeFile(join(directory, "ctr"), `#!/bin/sh\n${ctr}\n`);
  await chmod(join(directory, "ctr"), 0o755);
  if (isThere) await writeFile(file, "");
  const shells: ChildProcess[] = [];
  const exec = async (_id: string, { args, stdin }: ExecOptions): Promise<ExecProcess> => {
    const [command = "", ...rest] = args;
    const env = { PATH: `${directory}:${process.env["PATH"]}`, OUT: out };
    const child = spawn(command, rest, { env });
    shells.push(child);
    stdin?.pipe(child.stdin);
    const exitCode = new Promise<number>((resolve) => {
      child.once("close", (code) => resolve(code ?? 255));
    });
    return { stdout: child.stdout, stderr: child.stderr, exitCode };
  };
  const reader = volumeReader(
    {
      containers: { exec, wait: async () => Promise.reject(new Error("it runs on")) },
    } as unknown as ContainerRuntime,
    { name: "s0", id: "s0" } as NodeView,
    file,
    { signal: new AbortController().signal, flags: ["--all-platforms"], onRead: () => {} },
  );
  const read = (): Promise<string> => readFile(out, "utf8").catch(() => "");
  return { file, out, reader, read, shells };
}

describe("the command that reads a file while it is written", () => {
  it("reads on at each word, also when the name is gone, and ends with the last", async () => {
    const { file, out, reader, read } = await reading();
    const written = await open(file, "a");
    expect(await reader.opened).toBe(true);
    await written.write("one ");
    reader.more();
    await expect.poll(read).toBe("one ");
    reader.drop();
    await expect.poll(() => readdir(directory)).not.toContain("archive.tar");
    await written.write("two");
    await written.close();
    reader.end();
    expect(await reader.outcome).toBeUndefined();
    expect(await read()).toBe("one two");
    expect(await readFile(`${out}.args`, "utf8")).toBe(
      "--namespace k8s.io images import --all-platforms -\n",
    );
  });

  it("gives the import no more when it is told no more", async () => {
    const { file, reader } = await reading('[ "$(cat)" = whole ] || { echo cut >&2; exit 3; }');
    await reader.opened;
    await appendFile(file, "part");
    reader.more();
    reader.close();
    expect(await reader.outcome).toEqual({
      node: "s0",
      reason: "cut",
      exitCode: 3,
      stderr: "cut\n",
    });
  });

  it("tells the import's own reason when that ends first", async () => {
    const { file, reader } = await reading("echo 'ctr: disk is full' >&2; exit 1");
    await reader.opened;
    await appendFile(file, Buffer.alloc(1_000_000));
    reader.more();
    expect(await reader.outcome).toMatchObject({ reason: "disk is full", exitCode: 1 });
  });

  it("leaves nothing that runs when its shell is killed", async () => {
    const { file, reader, shells } = await reading('cat >"$OUT"');
    await reader.opened;
    await appendFile(file, "part");
    reader.more();
    shells[0]?.kill("SIGKILL");
    reader.close();
    // It ends when nobody can write to its output any more.
    expect(await reader.outcome).toMatchObject({ node: "s0", exitCode: 255 });
  });

  it("fails without the file", async () => {
    const { reader } = await reading("cat", false);
    expect(await reader.opened).toBe(false);
    expect(await reader.outcome).toMatchObject({ node: "s0", exitCode: expect.any(Number) });
  });
});
