import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { K3dError, type ResolvedConfig } from "@k3d/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { findProjectFile } from "../config/project-file.js";
import { runCommand, type FakeServices } from "@k3d/plugin-kit/testing";
import { clusterView } from "../testing/views.js";
import Run from "./run.js";

let directory: string;
let calls: string[];
let created: ResolvedConfig | undefined;
let failure: K3dError | undefined;

beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), "k3d-run-test-")));
  calls = [];
  created = undefined;
  failure = undefined;
  vi.spyOn(process, "cwd").mockReturnValue(directory);
});
afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  await rm(directory, { recursive: true });
});

const services: FakeServices = {
  clusters: {
    create: async (config) => {
      calls.push("create");
      created = config;
      if (failure) throw failure;
      return { cluster: clusterView(), apiUrl: "", warnings: [] };
    },
    delete: async (name, { signal } = {}) => {
      calls.push(`delete ${name === created?.metadata.name ? "it" : name}`);
      expect(signal).toBeUndefined();
      return {
        name,
        removed: { containers: [], networks: [], volumes: [], kubeconfigEntries: [] },
      };
    },
  },
  kubeconfigs: { get: async (names) => `kubeconfig of ${names.join()}\n` },
};

const script = (text: string) => ["--", "sh", "-c", text, "sh", directory];
async function run(...argv: string[]) {
  const result = await runCommand(Run, argv, services);
  return { ...result, exitCode: result.exitCode || process.exitCode || 0 };
}

describe("run", () => {
  it("runs the command with a kubeconfig of its own, and deletes the cluster", async () => {
    const seen =
      'cp "$KUBECONFIG" "$1/seen"; stat -c %a "$KUBECONFIG" >"$1/mode"; echo "$KUBECONFIG" >"$1/path"';
    expect(await run("--agents", "2", ...script(seen))).toMatchObject({ exitCode: 0, stdout: "" });
    expect(calls).toEqual(["create", "delete it"]);
    expect(created).toMatchObject({
      metadata: { name: expect.stringMatching(/^run-[0-9a-f]{8}$/) as string },
      agents: 2,
      options: { kubeconfig: { updateDefaultKubeconfig: false } },
    });
    const read = (name: string) => readFile(join(directory, name), "utf8");
    expect(await read("seen")).toBe(`kubeconfig of ${created?.metadata.name}\n`);
    expect(await read("mode")).toBe("600\n");
    await expect(readFile((await read("path")).trim())).rejects.toMatchObject({ code: "ENOENT" });
  });

  it.each([
    ["exit 7", 7],
    ["kill -KILL $$", 137],
  ])("ends as the command does: %s", async (text, exitCode) => {
    expect(await run(...script(text))).toMatchObject({ exitCode });
    expect(calls).toEqual(["create", "delete it"]);
  });

  it.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const)(
    "hands %s on to the command, and deletes the cluster then",
    async (name, exitCode) => {
      const running = run(
        ...script(
          'trap "echo got >$1/got; exit 0" TERM INT; echo >$1/up; while :; do sleep 0.05; done',
        ),
      );
      await expect.poll(() => readFile(join(directory, "up"), "utf8").catch(() => "")).toBe("\n");
      process.emit(name, name);
      expect(await running).toMatchObject({ exitCode });
      expect(await readFile(join(directory, "got"), "utf8")).toBe("got\n");
      expect(calls).toEqual(["create", "delete it"]);
    },
  );

  it("deletes nothing that it did not make", async () => {
    failure = new K3dError("ALREADY_EXISTS", "Cluster 'demo' exists already");
    expect(await run("--name", "demo", ...script("exit 0"))).toMatchObject({ exitCode: 4 });
    expect(calls).toEqual(["create"]);
  });

  it.each([
    [[], "No command is given"],
    [["--", "k3d-no-such-command"], "no such executable"],
    [["--", "/etc/passwd"], "no such executable"],
  ])("makes nothing for %j", async (argv, told) => {
    const { exitCode, stderr } = await run(...argv);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(told)]);
    expect(calls).toEqual([]);
  });

  it("takes the project's file where none is named, and says so", async () => {
    const file = join(directory, ".k3d.yaml");
    await writeFile(file, "apiVersion: k3d.io/v1alpha5\nkind: Simple\nservers: 3\n");
    const inner = join(directory, "a", "b");
    await mkdir(inner, { recursive: true });
    vi.spyOn(process, "cwd").mockReturnValue(inner);
    const { stderr } = await run(...script("exit 0"));
    expect(stderr).toContain(`Using ${file}`);
    expect(created?.servers).toBe(3);
    await writeFile(join(directory, "other.yaml"), "apiVersion: k3d.io/v1alpha5\nkind: Simple\n");
    expect(
      (await run("-f", join(directory, "other.yaml"), ...script("exit 0"))).stderr,
    ).not.toContain("Using");
    expect(created?.servers).toBe(1);
    expect(await findProjectFile(inner, 4711)).toEqual({
      path: file,
      foreign: process.geteuid?.() !== 0,
    });
  });
});
