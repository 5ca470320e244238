import { expect, it } from "vitest";
import { resolveHooks } from "../config/hooks.js";
import type { HookConfig } from "../config/simple-config.js";
import { formatKeptHooks, readKeptHooks } from "./kept-hooks.js";

const NODES = [
  { name: "k3d-demo-server-0", role: "server", index: 0 },
  { name: "k3d-demo-agent-1", role: "agent", index: 1 },
] as const;

const format = (...hooks: HookConfig[]) =>
  formatKeptHooks(
    resolveHooks({ apiVersion: "k3d.io/v1alpha5", kind: "Simple", hooks }, { directory: "/x" }),
    NODES,
  );

it("keeps what runs in nodes later on, by the places of nodes, and of the host only when", () => {
  const label = format(
    { when: "after-create", command: "once", nodeFilters: ["all"] },
    { when: "before-stop", command: "a", nodeFilters: ["k3d-demo-agent-1"], timeout: "2s" },
    { when: "before-delete", command: "rm -rf /" },
  );
  const { hooks, onHost } = readKeptHooks(label);
  expect(hooks).toMatchObject([
    { when: "before-stop", command: "a", nodeFilters: ["agent:1"], timeoutMs: 2000 },
  ]);
  expect(onHost).toEqual(["before-delete"]);
  expect(label).not.toContain("rm");
});

it("keeps nothing where there is nothing to keep", () => {
  expect(format({ when: "after-create", command: "once" })).toBeUndefined();
  expect(readKeptHooks(undefined)).toEqual({ hooks: [], onHost: [] });
});

it.each([
  "",
  "{",
  "null",
  '{"when":"before-stop"}',
  "[1,null,[]]",
  '[{"when":"before-stop","command":"x"}]',
  '[{"when":"before-stop","command":"x","nodeFilters":"all"}]',
  '[{"when":"before-stop","command":"x","nodeFilters":[""]}]',
  '[{"when":"before-stop","command":"x","nodeFilters":["all"],"timeout":"x"}]',
  '[{"when":"before-stop","command":"x","nodeFilters":["all"],"timeout":5}]',
  '[{"when":"before-stop","command":"","nodeFilters":["all"]}]',
  '[{"when":"after-stop","command":"x","nodeFilters":["all"]}]',
  '[{"when":"toString","command":"x","nodeFilters":["all"]}]',
])("takes nothing from the label %s", (label) => {
  expect(readKeptHooks(label)).toEqual({ hooks: [], onHost: [] });
});
