import { K3dError, type ContainerRuntime, type K3dEvent, type RuntimeFactory } from "@k3d/core";
import { describe, expect, it, vi } from "vitest";
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
    const named = Boolean(choice.flag || choice.environment || choice.config);
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
          if (!available.includes(name) && !named) throw new Error(`no ${name}`);
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
    [{ environment: "docker", config: "podman" }, "the config file"],
    [{ config: "podman" }, "the config file"],
    [{ flag: "", environment: "podman" }, "K3D_RUNTIME"],
  ])("takes the one that %j names, without detection", async (choice, source) => {
    expect(await select(choice, [])).toEqual({
      name: "podman",
      calls: ["load podman", "create podman"],
      told: [`Runtime podman: chosen by ${source}`],
    });
  });

  it("connects to the first one without detection", async () => {
    expect(await select({}, ["docker", "podman"])).toEqual({
      name: "docker",
      calls: ["load docker", "create docker"],
      told: ["Runtime docker: taken, it is the first one and answers"],
    });
  });

  it("takes the first available one and tells why others were passed over", async () => {
    expect(await select({}, ["podman"])).toEqual({
      name: "podman",
      calls: [
        "load docker",
        "create docker",
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

  it("does not wait for a first one that never answers", async () => {
    vi.useFakeTimers();
    try {
      const signals: AbortSignal[] = [];
      const load = async ({ name }: { name: string }): Promise<RuntimeFactory> => ({
        name,
        detect: async () => ({ available: name === "podman", reason: "looked" }),
        create: ({ signal }) =>
          name === "podman"
            ? Promise.resolve({ name } as ContainerRuntime)
            : new Promise((_resolve, reject) => {
                signals.push(signal!);
                signal!.addEventListener("abort", () => reject(new Error("aborted")));
              }),
      });
      const selected = selectRuntime({
        candidates,
        choice: {},
        load,
        runtimeOptions: { env: {}, homeDir: "/root", platform: "linux" },
        events: { emit() {} },
        signal: new AbortController().signal,
      });
      await vi.advanceTimersByTimeAsync(2000);
      expect((await selected).name).toBe("podman");
      expect(signals).toHaveLength(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it("stops when it is interrupted", async () => {
    const controller = new AbortController();
    const selected = selectRuntime({
      candidates,
      choice: {},
      load: async ({ name }) => ({
        name,
        detect: async () => ({ available: true, reason: "looked" }),
        create: async () => {
          controller.abort(new K3dError("ABORTED", "Interrupted"));
          throw new Error("closed");
        },
      }),
      runtimeOptions: { env: {}, homeDir: "/root", platform: "linux" },
      events: { emit() {} },
      signal: controller.signal,
    });
    await expect(selected).rejects.toMatchObject({ code: "ABORTED" });
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
