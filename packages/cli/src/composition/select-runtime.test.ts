import { K3dError, type ContainerRuntime, type K3dEvent, type RuntimeFactory } from "@k3d/core";
import { MemoryRuntime } from "@k3d/core/testing";
import { describe, expect, it, vi } from "vitest";
import { listEveryRuntime } from "./every-runtime.js";
import { runtimeCandidates } from "./runtime-candidates.js";
import { selectRuntime, type RuntimeChoice, type SelectOptions } from "./select-runtime.js";

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

  it("uses no runtime that could not heed the engine that is named", async () => {
    const factory = (takesEngine: boolean): RuntimeFactory => ({
      name: "docker",
      contractVersion: 1,
      takesEngine,
      detect: async () => ({ available: false, reason: "no answer", named: "--host" }),
      create: async ({ engine }) => {
        if (engine?.host !== "ssh://here") throw new Error("no answer");
        return { name: "docker" } as ContainerRuntime;
      },
    });
    const selected = (takesEngine: boolean, host: string) =>
      selectRuntime({
        candidates: candidates.slice(0, 1),
        choice: {},
        runtimeOptions: { env: {}, homeDir: "/", platform: "linux", engine: { host } },
        events: { emit: () => undefined },
        signal: new AbortController().signal,
        load: async () => factory(takesEngine),
      });
    expect(await selected(true, "ssh://here")).toMatchObject({ name: "docker" });
    await expect(selected(true, "ssh://gone")).rejects.toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
      hint: expect.stringContaining("--host names it"),
    });
    await expect(selected(false, "ssh://here")).rejects.toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
      message: expect.stringContaining("no engines that --host could choose"),
    });
  });

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
        contractVersion: 1,
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
      told: ["Runtime docker: chosen, it is the first one and answers"],
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
      told: ["Runtime docker: skipped, no socket", "Runtime podman: chosen, answers"],
    });
  });

  describe("an engine that is slow to answer", () => {
    /** What is told while the engine takes half a minute, which it is given. */
    async function toldMeanwhile(
      ask: (options: Omit<SelectOptions, "choice">) => Promise<unknown>,
    ): Promise<K3dEvent[]> {
      vi.useFakeTimers();
      try {
        const events: K3dEvent[] = [];
        const engine = Promise.withResolvers<ContainerRuntime>();
        const asked = ask({
          candidates: candidates.slice(0, 1),
          load: async ({ name }) => ({
            name,
            contractVersion: 1,
            detect: async () => ({ available: true, reason: "looked" }),
            create: () => engine.promise,
          }),
          runtimeOptions: { env: {}, homeDir: "/root", platform: "linux" },
          events: { emit: (event) => void events.push(event) },
          signal: new AbortController().signal,
        });
        await vi.advanceTimersByTimeAsync(30_000);
        engine.resolve(Object.assign(new MemoryRuntime(), { name: "docker" }));
        expect(await asked).toMatchObject({ name: "docker" });
        return events.filter((event) => event.type === "log" && event.level === "info");
      } finally {
        vi.useRealTimers();
      }
    }

    it.each([
      ["is chosen", {}],
      ["is named", { environment: "docker" }],
    ])("gets its time where it %s, and the user is told what is waited for", async (_, choice) => {
      const told = await toldMeanwhile((options) => selectRuntime({ ...options, choice }));
      const message = "Waiting for the runtime docker to answer";
      expect(told).toEqual([{ type: "log", level: "info", message }]);
    });

    it("is not told of as the user's own where it is only looked at", async () => {
      const told = await toldMeanwhile(async (options) => {
        const [listing] = await listEveryRuntime(options);
        return { name: listing?.runtime };
      });
      const message = "Looking at what is on the runtime docker: waiting for it to answer";
      expect(told).toEqual([{ type: "log", level: "info", message }]);
    });
  });

  describe("an engine that something names and that is not available", () => {
    const report = { available: false, reason: "no answer", named: "DOCKER_HOST" };
    const load = async ({ name }: { name: string }): Promise<RuntimeFactory> => ({
      name,
      contractVersion: 1,
      detect: async () => (name === "docker" ? report : { available: true, reason: "answers" }),
      create: async () => {
        if (name === "docker") throw new Error("no answer");
        return Object.assign(new MemoryRuntime(), { name });
      },
    });
    const options = {
      candidates: candidates.slice(0, 2),
      load,
      runtimeOptions: { env: {}, homeDir: "/root", platform: "linux" as const },
      events: { emit() {} },
      signal: new AbortController().signal,
    };
    const refusal = {
      code: "RUNTIME_UNAVAILABLE",
      message: "The runtime docker is not available: no answer",
      hint: expect.stringContaining("DOCKER_HOST names it"),
    };

    it("is not replaced", async () => {
      await expect(selectRuntime({ ...options, choice: {} })).rejects.toMatchObject(refusal);
    });

    it("is not passed over where a command looks on all runtimes for what it names", async () => {
      const listing = listEveryRuntime({ ...options, refuseReplacement: true });
      await expect(listing).rejects.toMatchObject(refusal);
      expect((await listEveryRuntime(options)).map(({ runtime }) => runtime)).toEqual(["podman"]);
    });

    it("is not asked whether it is there before it is connected to", async () => {
      const asked: string[] = [];
      const connecting = {
        ...options,
        load: async () => ({
          ...(await load({ name: "podman" })),
          detect: async () => {
            asked.push("podman");
            return report;
          },
        }),
      };
      const found = await listEveryRuntime({ ...connecting, candidates: candidates.slice(1, 2) });
      expect(found.map(({ runtime }) => runtime)).toEqual(["podman"]);
      expect(asked).toEqual([]);
    });

    it("does not matter when another runtime is chosen", async () => {
      expect((await selectRuntime({ ...options, choice: { flag: "podman" } })).name).toBe("podman");
    });
  });

  it("stops when it is interrupted", async () => {
    const controller = new AbortController();
    const selected = selectRuntime({
      candidates,
      choice: {},
      load: async ({ name }) => ({
        name,
        contractVersion: 1,
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
