import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  inventory,
  memoryConfig,
  memoryDeps,
  memoryEngine,
  NODE_IMAGE,
} from "../../../test-support/memory-cluster.js";
import type { LifecycleHooks } from "../../lifecycle/hooks.js";
import type { HostCommand, LifecycleParticipant } from "../../lifecycle/lifecycle.js";
import { LABELS } from "../../model/labels.js";
import { ClusterService } from "../clusters/cluster-service.js";
import { ImageService } from "../images/image-service.js";
import { hooks, inNodes, logsIn, warningsIn } from "./hooks.fixture.js";

let home: string;
let engine: ReturnType<typeof memoryEngine>;
let deps: ReturnType<typeof memoryDeps>;
let clusters: ClusterService;
let participants: LifecycleParticipant[];
/** Commands on the host, as they began. */
let commands: HostCommand[];
/** What the host's commands do; default: they succeed. */
let onHost: (command: HostCommand) => Promise<number> | number;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-hooks-"));
  engine = memoryEngine();
  participants = [];
  commands = [];
  onHost = () => 0;
  deps = memoryDeps(engine, engine, home);
  deps.lifecycle = {
    participants: async () => participants,
    runCommand: async (command) => {
      commands.push(command);
      return onHost(command);
    },
  };
  clusters = new ClusterService(deps);
});
afterEach(async () => {
  await engine.close();
  await rm(home, { recursive: true });
});

const ran = (): string[] => commands.map(({ command }) => command);
const warnings = (): string[] => warningsIn(deps.told);
const logs = (): string[] => logsIn(deps.told);

const participant = (own: LifecycleHooks, name = "team-rules"): LifecycleParticipant => {
  const made = { name, hooks: own };
  participants.push(made);
  return made;
};

describe("hooks of plug-ins", () => {
  it("are told of every moment, once, by one road for all operations", async () => {
    const told: string[] = [];
    const note = (payload: { moment: string; cluster: string; runtime: string }): void => {
      told.push(`${payload.moment} ${payload.cluster} ${payload.runtime}`);
    };
    participant({
      beforeCreate: note,
      afterCreate: note,
      beforeStart: note,
      afterStart: note,
      beforeStop: note,
      afterStop: note,
      beforeDelete: note,
      afterDelete: note,
      beforeImport: note,
      afterImport: note,
    });
    await clusters.apply(memoryConfig());
    await clusters.apply(memoryConfig({ agents: 1 }));
    await clusters.restart("demo");
    await new ImageService(deps).import(["demo"], [{ kind: "image", reference: NODE_IMAGE }]);
    await clusters.delete("demo");
    expect(told.map((line) => line.replace(" demo memory", ""))).toEqual([
      "before-create",
      "after-create",
      "before-stop",
      "after-stop",
      "before-start",
      "after-start",
      "before-import",
      "after-import",
      "before-delete",
      "after-delete",
    ]);
  });

  it("get the config as a copy, the cluster as it is, and what was removed", async () => {
    const payloads: Record<string, object> = {};
    participant({
      beforeCreate(payload) {
        payload.config.agents = 7;
      },
      async afterCreate({ config }, { kubeconfig }) {
        payloads.created = { agents: config.agents, kubeconfig: await kubeconfig() };
      },
      beforeStop: ({ view }) => void (payloads.stop = view.servers),
      afterDelete: ({ removed }) => void (payloads.removed = removed.containers),
    });
    await clusters.create(memoryConfig());
    await clusters.stop("demo");
    await clusters.delete("demo");
    expect(payloads).toMatchObject({
      created: { agents: 0, kubeconfig: expect.stringContaining("name: k3d-demo") as string },
      stop: { running: 1, total: 1 },
      removed: expect.arrayContaining(["k3d-demo-server-0"]) as string[],
    });
  });

  it("refuse with a reason: nothing is made, and later ones are not asked", async () => {
    const asked: string[] = [];
    participant({ beforeCreate: () => ({ refuse: "the name needs a team", hint: "Ask Ada." }) });
    participant({ beforeCreate: () => void asked.push("second") }, "z-later");
    await expect(clusters.create(memoryConfig())).rejects.toMatchObject({
      code: "HOOK_REFUSED",
      exitCode: 14,
      message:
        "Cluster 'demo' is not created: the plug-in team-rules refuses: the name needs a team",
      hint: "Ask Ada.",
      details: { moment: "before-create", plugin: "team-rules" },
    });
    expect(asked).toEqual([]);
    expect(await inventory(engine)).toEqual([]);
  });

  it.each(["beforeStart", "beforeStop", "beforeDelete"] as const)(
    "%s keeps a cluster as it is",
    async (name) => {
      await clusters.create(memoryConfig());
      if (name === "beforeStart") await clusters.stop("demo");
      const before = await inventory(engine);
      participant({ [name]: () => ({ refuse: "not on Fridays" }) });
      const verb = name.slice("before".length).toLowerCase() as "start" | "stop" | "delete";
      await expect(clusters[verb]("demo")).rejects.toMatchObject({
        code: "HOOK_REFUSED",
        message: expect.stringMatching(
          /^Cluster 'demo' is not (started|stopped|deleted): /,
        ) as string,
      });
      expect(await inventory(engine)).toEqual(before);
    },
  );

  it("undo a creation by refusing after it, unless rollback is off", async () => {
    participant({ afterCreate: () => ({ refuse: "it has no ingress" }) });
    await expect(clusters.create(memoryConfig())).rejects.toMatchObject({ code: "HOOK_FAILED" });
    expect(await inventory(engine)).toEqual([]);
    const kept = memoryConfig({ options: { k3d: { disableRollback: true } } });
    await expect(clusters.create(kept)).rejects.toMatchObject({ code: "HOOK_FAILED" });
    expect(await inventory(engine)).toContain("container k3d-demo-server-0 running");
  });

  it("are passed over when they are broken, which is told once", async () => {
    const broken = participant({
      beforeCreate() {
        throw new TypeError("x is not a function");
      },
      afterCreate: () => ({ refuse: "never asked" }),
    });
    await clusters.create(memoryConfig());
    expect(warnings()).toEqual([
      `The hook before-create of the plug-in ${broken.name} is skipped: x is not a function`,
    ]);
  });

  it("are passed over after their time limit, with their signal aborted", async () => {
    const seen: boolean[] = [];
    const slow = participant({
      beforeCreate: (_, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            seen.push(signal.aborted);
            resolve(undefined);
          });
        }),
    });
    slow.timeoutMs = 5;
    await clusters.create(memoryConfig());
    expect(seen).toEqual([true]);
    expect(warnings()[0]).toContain("it did not end within 5ms");
  });
});

describe("hooks of the config file, on the host", () => {
  it("run in their order around the creation, in the file's directory, with the cluster's kubeconfig", async () => {
    const seen: string[][] = [];
    onHost = async () => {
      seen.push(await inventory(engine));
      return 0;
    };
    const config = memoryConfig(
      hooks(
        { when: "after-create", command: "second" },
        { when: "before-create", command: "first" },
        { when: "after-create", command: "third" },
      ),
    );
    for (const { place } of config.hooks) if (place.kind === "host") place.directory = "/project";
    await clusters.create(config);
    expect(ran()).toEqual(["first", "second", "third"]);
    expect(seen[0]).toEqual([]);
    expect(seen[1]).toContain("container k3d-demo-server-0 running");
    const [before, after] = commands;
    expect(before).toMatchObject({ directory: "/project", env: { K3D_HOOK: "before-create" } });
    expect(before?.kubeconfig).toBeUndefined();
    expect(after?.env).toEqual({
      K3D_CLUSTER: "demo",
      K3D_HOOK: "after-create",
      K3D_RUNTIME: "memory",
    });
    expect(after?.kubeconfig).toContain("name: k3d-demo");
  });

  it("before it refuse the creation by failing, with what they printed", async () => {
    onHost = ({ onLine }) => {
      onLine("looking for the licence");
      onLine("no licence");
      return 3;
    };
    await expect(
      clusters.create(memoryConfig(hooks({ when: "before-create", command: "check" }))),
    ).rejects.toMatchObject({
      code: "HOOK_REFUSED",
      message: `Cluster 'demo' is not created: the hook "check" at before-create ended with exit code 3: looking for the licence\nno licence`,
    });
    expect(await inventory(engine)).toEqual([]);
    expect(logs()).toContain("[before-create] no licence");
  });

  it("after it undo the creation by failing", async () => {
    onHost = () => 1;
    await expect(
      clusters.create(memoryConfig(hooks({ when: "after-create", command: "seed" }))),
    ).rejects.toMatchObject({ code: "HOOK_FAILED" });
    expect(await inventory(engine)).toEqual([]);
  });

  it("are ended at their time limit and by an interrupt, and then undo the creation", async () => {
    onHost = ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error));
      });
    const hook = { when: "after-create", command: "hang" } as const;
    await expect(
      clusters.create(memoryConfig(hooks({ ...hook, timeout: "10ms" }))),
    ).rejects.toMatchObject({
      code: "HOOK_FAILED",
      message: expect.stringContaining("did not end within 10ms") as string,
    });
    const interrupt = new AbortController();
    const hanging = onHost;
    onHost = (command) => {
      setImmediate(() => interrupt.abort());
      return hanging(command);
    };
    await expect(
      clusters.create(memoryConfig(hooks(hook)), { signal: interrupt.signal }),
    ).rejects.toMatchObject({ code: "ABORTED" });
    expect(await inventory(engine)).toEqual([]);
  });

  it("run later only when the caller brings them; the label has none of their commands", async () => {
    const config = memoryConfig(
      hooks(
        { when: "before-stop", command: "secret-command" },
        { when: "after-delete", command: "tidy" },
      ),
    );
    await clusters.create(config);
    const { labels } = await engine.containers.inspect("k3d-demo-server-0");
    expect(labels[LABELS.hooks]).toBe('[{"when":"before-stop"},{"when":"after-delete"}]');
    await clusters.stop("demo");
    expect(ran()).toEqual([]);
    expect(logs()).toContain(
      "Hooks of cluster demo for this host do not run at before-stop: name its config file with --config to run them",
    );
    await clusters.start("demo");
    await clusters.stop("demo", { hooks: config.hooks });
    await clusters.delete("demo", { hooks: config.hooks });
    expect(ran()).toEqual(["secret-command", "tidy"]);
  });

  it("after start, stop, delete leave what was done, and fail the command", async () => {
    await clusters.create(memoryConfig());
    onHost = () => 2;
    const config = memoryConfig(
      hooks(
        { when: "after-stop", command: "a" },
        { when: "after-start", command: "b" },
        { when: "after-delete", command: "c" },
      ),
    );
    for (const [verb, state] of [
      ["stop", "container k3d-demo-server-0 stopped"],
      ["start", "container k3d-demo-server-0 running"],
      ["delete", undefined],
    ] as const) {
      await expect(clusters[verb]("demo", config)).rejects.toMatchObject({ code: "HOOK_FAILED" });
      if (state === undefined) expect(await inventory(engine)).toEqual([]);
      else expect(await inventory(engine)).toContain(state);
    }
  });

  it("never come from a label, whatever is in it", async () => {
    await clusters.create(memoryConfig());
    const evil = [
      { when: "before-delete", command: "rm -rf ~" },
      { when: "before-delete", command: "rm -rf ~", nodeFilters: [] },
      { when: "after-delete", command: "rm -rf ~", nodeFilters: ["server:0"] },
      { when: "before-delete", command: ["rm"], nodeFilters: ["server:0"] },
      { when: "before-lunch", command: "eat", nodeFilters: ["server:0"] },
      "no object",
    ];
    const server = await engine.containers.inspect("k3d-demo-server-0");
    await engine.containers.remove(server.id, { force: true });
    const labels = { ...server.labels, [LABELS.hooks]: JSON.stringify(evil) };
    const again = await engine.containers.create({ ...server.spec, labels });
    await engine.containers.start(again);
    const processes = inNodes(engine);
    await clusters.delete("demo");
    expect(ran()).toEqual([]);
    expect(processes).toEqual([]);
    expect(await inventory(engine)).toEqual([]);
  });
});
