import { access, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runHostCommand } from "./host-command.js";

let directory: string;
let lines: string[];
beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), "k3d-hook-")));
  lines = [];
});
afterEach(() => rm(directory, { recursive: true }));

const run = (
  command: string,
  {
    signal = new AbortController().signal,
    onLine,
    ...more
  }: { signal?: AbortSignal; onLine?: (line: string) => void; kubeconfig?: string } = {},
) =>
  runHostCommand({
    command,
    directory,
    env: { K3D_CLUSTER: "demo" },
    onLine: (line) => {
      lines.push(line);
      onLine?.(line);
    },
    signal,
    ...more,
  });

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("a command on the host", () => {
  it("has the shell, its directory, its variables, and what it prints is told", async () => {
    const code = await run('echo "$K3D_CLUSTER in $PWD" && echo no >&2 && exit 3');
    expect(code).toBe(3);
    expect(lines.toSorted()).toEqual([`demo in ${directory}`, "no"]);
  });

  it("finds the cluster's kubeconfig in a private file, which is gone afterwards", async () => {
    await run('cat "$KUBECONFIG" && echo && stat -c %a "$KUBECONFIG" && echo "$KUBECONFIG"', {
      kubeconfig: "clusters: []",
    });
    expect(lines.slice(0, 2)).toEqual(["clusters: []", "600"]);
    await expect(access(lines[2] ?? "")).rejects.toThrow("ENOENT");
  });

  it("reads nothing from the terminal", async () => {
    expect(await run("cat")).toBe(0);
  });

  it("tells of a signal that ended it as shells do", async () => {
    expect(await run("kill -KILL $$")).toBe(137);
  });

  it("cannot run where its directory is gone", async () => {
    await expect(
      runHostCommand({
        command: "true",
        directory: join(directory, "gone"),
        env: {},
        onLine: () => {},
        signal: new AbortController().signal,
      }),
    ).rejects.toMatchObject({ code: "COMMAND_FAILED" });
  });

  it("is ended by an interrupt with all that it started", async () => {
    const interrupt = new AbortController();
    const running = run("sleep 600 & echo $!; wait", {
      signal: interrupt.signal,
      onLine: () => interrupt.abort(new Error("enough")),
    });
    await expect(running).rejects.toThrow("enough");
    const child = Number(lines[0]);
    expect(child).toBeGreaterThan(0);
    // Until init has taken notice of it.
    while (isAlive(child)) await turn();
  });

  it("does not wait for what it leaves in the background", async () => {
    expect(await run("sleep 600 & echo $!")).toBe(0);
    process.kill(Number(lines[0]), "SIGKILL");
  });
});
