import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { K3dError, LABELS, type K3dEvent, type RuntimeFactory } from "@k3d/core";
import { MemoryRuntime } from "@k3d/core/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { knownMachines } from "./find-machines.js";
import { MachineMemory } from "./machine-memory.js";
import { machinesOf, openMachines, selectMachines } from "./machines.js";

const BIG = [
  { name: "big", endpoint: "big-host" },
  { name: "two", endpoint: "ssh://me@two" },
];
const OTHER = [{ name: "far", endpoint: "far" }];
const candidates = [{ name: "docker", plugin: "cli", module: "docker.js" }];

let home: string;
let memory: MachineMemory;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-memory-"));
  memory = new MachineMemory({ K3D_DATA_DIR: home }, home);
  await memory.remember("demo", BIG);
  await memory.remember("other", OTHER);
});
afterEach(() => rm(home, { recursive: true }));

/** Engines by how they are named; others do not answer. */
function surroundings(engines: Record<string, MemoryRuntime> = {}, takesEngine = true) {
  const told: K3dEvent[] = [];
  const factory: RuntimeFactory = {
    name: "docker",
    contractVersion: 1,
    takesEngine,
    detect: async () => ({ available: true, reason: "" }),
    async create({ engine }) {
      const found = engines[engine?.host ?? engine?.context ?? ""];
      if (found === undefined) throw new K3dError("RUNTIME_UNAVAILABLE", "no answer");
      return found;
    },
  };
  const options = {
    candidates,
    runtimeOptions: { env: {}, homeDir: home, platform: "linux" as const },
    events: { emit: (event: K3dEvent) => void told.push(event) },
    signal: new AbortController().signal,
    load: async () => factory,
  };
  return { told, options };
}

describe("how a command finds the machines of what it names", () => {
  const find = (wanted?: Parameters<typeof knownMachines>[0], env = {}) => {
    const { options } = surroundings();
    const runtimeOptions = { ...options.runtimeOptions, env };
    return knownMachines(wanted, memory, { ...options, runtimeOptions }, {});
  };

  it.each([
    [{ clusters: ["demo"] }, BIG],
    [{ clusters: ["k3d-demo"] }, BIG],
    [{ clusters: ["new"] }, []],
    [{ nodes: ["k3d-demo-agent-0"] }, BIG],
    [{ nodes: ["demo-agent-0"] }, BIG],
    [{ clusters: ["demo"], nodes: ["demo"] }, BIG],
    [{ clusters: ["k3d-other-agent-0"], nodes: ["k3d-other-agent-0"] }, OTHER],
    [undefined, []],
  ])("%j", async (wanted, machines) => {
    expect(await find(wanted)).toEqual(machines);
  });

  it("and what K3D_MACHINES says wins", async () => {
    const env = { K3D_MACHINES: "a=x, b=tcp://h:1,c" };
    expect(await find({ clusters: ["demo"] }, env)).toEqual([
      { name: "a", endpoint: "x" },
      { name: "b", endpoint: "tcp://h:1" },
      { name: "c", endpoint: "c" },
    ]);
    expect(() => machinesOf("a=")).toThrow('nothing follows the "="');
  });

  it.each([[{ clusters: ["demo", "other"] }], [{ clusters: ["demo", "new"] }]])(
    "but not of %j, which are on different ones",
    async (wanted) => {
      await expect(find(wanted)).rejects.toMatchObject({ code: "INVALID_INPUT" });
    },
  );

  it("looks on all machines for a node whose name does not tell its cluster", async () => {
    const image = "docker.io/library/busybox:1";
    const engine = new MemoryRuntime({ images: [image] });
    await engine.containers.create({
      name: "k3d-more-0",
      image,
      process: { env: [] },
      mounts: [],
      linux: {},
      networks: [],
      ports: [],
      labels: { [LABELS.app]: "k3d", [LABELS.role]: "agent", [LABELS.cluster]: "other" },
    });
    const { options } = surroundings({ far: engine });
    expect(await knownMachines({ nodes: ["more-0"] }, memory, options, {})).toEqual(OTHER);
  });
});

describe("what is kept of a cluster's machines", () => {
  it("is for this user's eyes, and can be forgotten", async () => {
    const { mode } = await stat(join(home, "machines", "demo.json"));
    expect(mode & 0o777).toBe(0o600);
    await memory.forget("demo");
    await memory.forget("demo");
    expect(await memory.clusters()).toEqual(["other"]);
    expect(await memory.of("demo")).toEqual([]);
  });

  it.each(["", "{}", "null", '{"machines":[{"name":"../x","endpoint":"y"}]}', '{"machines":[{}]}'])(
    "is refused when it is %j",
    async (text) => {
      await writeFile(join(home, "machines", "demo.json"), text);
      await expect(memory.of("demo")).rejects.toMatchObject({ code: "INVALID_CONFIG" });
    },
  );
});

describe("connecting to machines", () => {
  it("goes on without those that do not answer, and says so", async () => {
    const { options, told } = surroundings({ "big-host": new MemoryRuntime() });
    const runtime = await selectMachines(BIG, { ...options, choice: {} });
    expect(runtime.machines?.map(({ reachable }) => reachable)).toEqual([true, false]);
    expect(told).toMatchObject([
      { type: "warning", message: "Machine two cannot be reached: no answer" },
    ]);
  });

  it("fails when none answers, or when the runtime opens no engine by a name", async () => {
    const [candidate] = candidates as [(typeof candidates)[0]];
    const none = openMachines(BIG, { ...surroundings().options, candidate });
    await expect(none).rejects.toMatchObject({ code: "RUNTIME_UNAVAILABLE" });
    const cannot = openMachines(BIG, { ...surroundings({}, false).options, candidate });
    await expect(cannot).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });
});
