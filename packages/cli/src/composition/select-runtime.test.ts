import type { ContainerRuntime, K3dEvent, RuntimeFactory } from "@k3d/core";
import { describe, expect, it } from "vitest";
import { runtimeCandidates } from "./runtime-candidates.js";
import { selectRuntime, type RuntimeChoice } from "./select-runtime.js";

const plugin = (name: string, runtimes?: Record<string, string>) => ({
  name,
  root: `/plugins/${name}`,
  pjson: runtimes === undefined ? {} : { k3d: { runtimes } },
});

describe("runtimeCandidates", () => {
  it("lists the CLI's own first, then those of plug-ins by name; the first of a name counts", () => {
    const plugins = [
      plugin("z-plugin", { nerdctl: "./z.js", docker: "./other.js" }),
      plugin("plain"),
      plugin("@k3d/cli", { docker: "./dist/docker.js", podman: "./dist/podman.js" }),
      plugin("a-plugin", { apple: "./index.js", nerdctl: "./a.js" }),
    ];
    expect(runtimeCandidates("@k3d/cli", plugins)).toEqual([
      { name: "docker", plugin: "@k3d/cli", module: "/plugins/@k3d/cli/dist/docker.js" },
      { name: "podman", plugin: "@k3d/cli", module: "/plugins/@k3d/cli/dist/podman.js" },
      { name: "apple", plugin: "a-plugin", module: "/plugins/a-plugin/index.js" },
      { name: "nerdctl", plugin: "a-plugin", module: "/plugins/a-plugin/a.js" },
    ]);
  });
});

describe("selectRuntime", () => {
  const candidates = runtimeCandidates("cli", [
    plugin("cli", { docker: "d.js", podman: "p.js", broken: "b.js" }),
  ]);

  /** Selects among factories of which those named are available. @returns what was asked of which. */
  async function select(choice: RuntimeChoice, available: string[]) {
    const calls: string[] = [];
    const events: K3dEvent[] = [];
    const load = async ({ name }: { name: string }): Promise<RuntimeFactory> => {
      calls.push(`load ${name}`);
      if (name === "broken") throw new Error("no such module");
      return {
        name,
        detect: async () => {
          calls.push(`detect ${name}`);
          const isAvailable = available.includes(name);
          return {
            available: isAvailable,
            reason: isAvailable ? "answers" : "no socket",
            hint: `Start ${name}`,
          };
        },
        create: async () => {
          calls.push(`create ${name}`);
          return { name } as ContainerRuntime;
        },
      };
    };
    const selected = selectRuntime({
      candidates,
      choice,
      load,
      runtimeOptions: { env: {}, homeDir: "/root", platform: "linux" },
      events: { emit: (event) => events.push(event) },
      signal: new AbortController().signal,
    });
    const outcome = await selected.then(
      ({ name }) => ({ name }),
      (error: unknown) => ({ error }),
    );
    return {
      ...outcome,
      calls,
      told: events.map((event) => (event.type === "log" ? event.message : event.type)),
    };
  }

  it.each([
    [{ flag: "podman", environment: "docker", config: "docker" }, "--runtime"],
    [{ environment: "podman", config: "docker" }, "K3D_RUNTIME"],
    [{ config: "podman" }, "the config file"],
    [{ flag: "", environment: "podman" }, "K3D_RUNTIME"],
  ])("takes the one that %j names, without detection", async (choice, source) => {
    expect(await select(choice, [])).toEqual({
      name: "podman",
      calls: ["load podman", "create podman"],
      told: [`Runtime podman: chosen by ${source}`],
    });
  });

  it("takes the first available one and tells why others were passed over", async () => {
    expect(await select({}, ["podman"])).toEqual({
      name: "podman",
      calls: [
        "load docker",
        "detect docker",
        "load podman",
        "detect podman",
        "load podman",
        "create podman",
      ],
      told: ["Runtime docker: passed over, no socket", "Runtime podman: taken, answers"],
    });
  });

  it("loads nothing behind the one it takes", async () => {
    const { calls } = await select({}, ["docker", "podman"]);
    expect(calls).toEqual(["load docker", "detect docker", "load docker", "create docker"]);
  });

  it("tells of every candidate when none is available", async () => {
    const { error } = (await select({}, [])) as { error?: unknown };
    expect(error).toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
      message: [
        "No container runtime is available",
        "  - docker: no socket",
        "    → Start docker",
        "  - podman: no socket",
        "    → Start podman",
        "  - broken: no such module",
      ].join("\n"),
    });
  });

  it("refuses a name that nothing offers", async () => {
    const { error } = (await select({ flag: "dokcer" }, ["docker"])) as { error?: unknown };
    expect(error).toMatchObject({
      code: "INVALID_INPUT",
      message: 'Unknown runtime "dokcer", named by --runtime',
      hint: "Did you mean docker? Installed runtimes: docker, podman, broken",
    });
  });
});
