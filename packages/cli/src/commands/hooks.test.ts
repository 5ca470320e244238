import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterPlan, HookMoment, HookOptions, ResolvedHook } from "@k3d/core";
import { runCommand, type FakeServices } from "@k3d/plugin-kit/testing";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { clusterView, nodeView } from "../testing/views.js";
import { planTable } from "../views/plan.js";
import ClusterApply from "./cluster/apply.js";
import ClusterDelete from "./cluster/delete.js";
import ClusterRestart from "./cluster/restart.js";
import ClusterStart from "./cluster/start.js";
import ClusterStop from "./cluster/stop.js";

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "k3d-hook-flags-"));
  file = join(directory, "k3d.yaml");
  await writeFile(
    file,
    `apiVersion: k3d.io/v1alpha5
kind: Simple
metadata: { name: demo }
hooks:
- { when: before-stop, command: echo bye }
`,
  );
});
afterEach(() => rm(directory, { recursive: true }));

/** Services that note which hooks they get. */
function recording() {
  const asked: [string, string[] | undefined][] = [];
  const note = async (name: string, { hooks }: HookOptions = {}) => {
    asked.push([name, hooks?.map(({ command }) => command)]);
    return clusterView({ name });
  };
  const services: FakeServices = {
    clusters: {
      list: async () => [clusterView({ name: "demo" }), clusterView({ name: "other" })],
      get: async (name) => clusterView({ name, nodes: [nodeView()] }),
      start: note,
      stop: note,
      restart: note,
      delete: async (name, options) => {
        await note(name, options);
        return {
          name,
          removed: { containers: [], networks: [], volumes: [], kubeconfigEntries: [] },
        };
      },
    },
  };
  return { services, asked };
}

it.each([ClusterStart, ClusterStop, ClusterRestart, ClusterDelete])(
  "%o takes the hooks of a file for the cluster that it names only",
  async (command) => {
    const { services, asked } = recording();
    await runCommand(command, ["--config", file], services);
    await runCommand(command, ["--all", "--config", file], services);
    await runCommand(command, ["demo"], services);
    await runCommand(command, ["demo", "--no-hooks"], services);
    await runCommand(command, ["demo", "--no-hooks", "--config", file], services);
    expect(asked).toEqual([
      ["demo", ["echo bye"]],
      ["demo", ["echo bye"]],
      ["other", undefined],
      ["demo", undefined],
      ["demo", []],
      ["demo", []],
    ]);
  },
);

it("a project's file that nobody named runs nothing on this host", async () => {
  await writeFile(
    join(directory, ".k3d.yaml"),
    `apiVersion: k3d.io/v1alpha5
kind: Simple
hooks:
- { when: after-create, command: make-me-rich }
`,
  );
  const applied: string[] = [];
  const services: FakeServices = {
    clusters: {
      apply: async ({ metadata: { name } }) => {
        applied.push(name);
        return { cluster: clusterView({ name }), created: true, changes: [] };
      },
    },
  };
  vi.spyOn(process, "cwd").mockReturnValue(directory);
  const refused = await runCommand(ClusterApply, [], services);
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain("has a hook that runs a command on this host");
  expect(applied).toEqual([]);
  await runCommand(ClusterApply, ["--config", join(directory, ".k3d.yaml")], services);
  expect(applied).toEqual(["k3s-default"]);
  vi.restoreAllMocks();
});

it("a dry run shows each hook, where it runs, and what becomes of it later", () => {
  const hook = (when: HookMoment, place: ResolvedHook["place"], nodeFilters?: string[]) =>
    ({ when, command: "first\nsecond", timeoutMs: 1, place, nodeFilters }) as ResolvedHook;
  const plan = {
    changes: [],
    hooks: [
      hook("after-create", { kind: "host" }),
      hook("before-stop", { kind: "nodes", filters: [] }, ["server:0", "agent:*"]),
      hook("after-delete", { kind: "host" }),
    ],
    run: { kubeconfig: { update: true, switchContext: false } },
  } as unknown as ClusterPlan;
  const rows = planTable(plan)
    .split("\n")
    .filter((line) => line.startsWith("hook"));
  expect(rows.map((row) => row.split(/ {2,}/))).toEqual([
    ["hook", "after-create", "run", "on this host: first …"],
    ["hook", "before-stop", "keep", "in server:0, agent:*: first …"],
    ["hook", "after-delete", "only with --config", "on this host: first …"],
  ]);
});
