import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { NodeView } from "../../../node/views.js";
import type { ExecOptions, ExecProcess } from "../../../runtime/containers.js";
import type { ContainerRuntime } from "../../../runtime/runtime.js";
import { parseProbe, probeNode } from "./probe.js";

describe("parseProbe", () => {
  const hex = "ab".repeat(32);

  it("reads blobs, the volume, and the archives in it", () => {
    const output = [
      "total 2000",
      `-r--r--r--    1 0        0            29345 Nov 26 21:17 ${hex}`,
      `-r--r--r-- 1 65534 65534 5 Jan  3  2025 ${"cd".repeat(32)}`,
      "-r--r--r-- 1 0 0 5 Jan 3 2025 unfinished",
      "1019 1003 8:16 /volumes/k3d-demo-images/_data /k3d/images rw,relatime - ext4 /dev/vda rw",
      "k3d-import-00-11.tar",
      "notes.txt",
      "",
    ].join("\n");
    expect(parseProbe(output)).toEqual({
      blobs: new Map([
        [`sha256:${hex}`, 29_345],
        [`sha256:${"cd".repeat(32)}`, 5],
      ]),
      mount: { device: "8:16", root: "/volumes/k3d-demo-images/_data" },
      archives: ["k3d-import-00-11.tar"],
      images: new Map(),
    });
  });

  it("reads images behind the files", () => {
    const tagged = { id: "sha256:1", repoTags: ["app:1"], repoDigests: null };
    const named = { id: "sha256:2", repoTags: null, repoDigests: ["app@sha256:3"] };
    const images = JSON.stringify({ images: [tagged, named] }, null, 2);
    expect(parseProbe(`total 0\nimages:\n${images}\n`).images).toEqual(
      new Map([
        ["app:1", "sha256:1"],
        ["app@sha256:3", "sha256:2"],
      ]),
    );
  });

  it("finds nothing where a node tells nothing", () => {
    const nothing = { blobs: new Map(), archives: [], images: new Map() };
    expect(parseProbe("")).toEqual(nothing);
    expect(parseProbe("sh: ls: not found\n")).toEqual(nothing);
    expect(parseProbe("images:\ncrictl: not found\n")).toEqual(nothing);
  });
});

describe("the command that asks a node", () => {
  const hex = "ab".repeat(32);
  const other = "cd".repeat(32);
  const images = JSON.stringify({ images: [{ id: `sha256:${hex}`, repoTags: ["app:1"] }] });

  /** A node whose commands run in a shell of this machine, with a `crictl` that counts its calls. */
  async function asking(ids?: () => Promise<readonly string[]>, blobs?: string[]) {
    const root = await mkdtemp(join(tmpdir(), "k3d-probe-"));
    onTestFinished(() => rm(root, { recursive: true }));
    const store = join(root, "containerd/io.containerd.content.v1.content/blobs/sha256");
    if (blobs !== undefined) await mkdir(store, { recursive: true });
    for (const blob of blobs ?? []) await writeFile(join(store, blob), "12345");
    await writeFile(
      join(root, "crictl"),
      `#!/bin/sh\necho "$@" >>${root}/calls\necho '${images}'\n`,
    );
    await chmod(join(root, "crictl"), 0o755);
    const exec = async (_id: string, { args, stdin }: ExecOptions): Promise<ExecProcess> => {
      const [shell = "", flag = "", script = ""] = args;
      const own = script.replaceAll("/var/lib/rancher/k3s/agent", root);
      const env = { PATH: `${root}:${process.env["PATH"]}` };
      const child = spawn(shell, [flag, own], { env });
      if (stdin === undefined) child.stdin.end();
      else stdin.pipe(child.stdin);
      const exitCode = new Promise<number>((resolve) => {
        child.once("close", (code) => resolve(code ?? 255));
      });
      return { stdout: child.stdout, stderr: child.stderr, exitCode };
    };
    const runtime = { containers: { exec } } as unknown as ContainerRuntime;
    const node = { name: "s0", id: "s0" } as NodeView;
    const probe = await probeNode(runtime, node, ids ? { ids: ids() } : {});
    const calls = await readFile(join(root, "calls"), "utf8").catch(() => "");
    return { calls, blobs: [...probe.blobs], images: [...probe.images] };
  }

  it("asks for images where it has content of one that is looked for", async () => {
    const ids = async () => [`sha256:${other}`, `sha256:${hex}`, `sha256:${hex}`];
    expect(await asking(ids, [hex])).toEqual({
      calls: "images --output json\n",
      blobs: [[`sha256:${hex}`, 5]],
      images: [["app:1", `sha256:${hex}`]],
    });
  });

  it.each([
    ["it has nothing of them", async () => [`sha256:${other}`]],
    ["they are not to be had", () => Promise.reject(new Error("no such image"))],
    ["none are looked for", async () => []],
    ["nobody asks", undefined],
  ])("does not where %s", async (_, ids) => {
    expect(await asking(ids, [hex])).toEqual({
      calls: "",
      blobs: [[`sha256:${hex}`, 5]],
      images: [],
    });
  });

  it("asks for images where its content is elsewhere", async () => {
    expect(await asking(async () => [`sha256:${other}`])).toMatchObject({
      calls: "images --output json\n",
      images: [["app:1", `sha256:${hex}`]],
    });
  });
});
