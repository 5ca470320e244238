import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { K3dError } from "../errors/index.js";
import { LABELS } from "../model/labels.js";
import { interceptRuntime } from "../runtime/intercept.js";
import type { ContainerRuntime } from "../runtime/runtime.js";
import type { ContainerSpec } from "../runtime/container-spec.js";
import { MemoryGroup, MemoryRuntime, MemoryWire } from "../testing/index.js";
import { composeMachines } from "./compose.js";
import { formatPlacement, parsePlacement } from "./placement.js";

const IMAGE = "docker.io/library/busybox:test";

const spec = (name: string, machine?: string, network?: string): ContainerSpec => ({
  name,
  image: IMAGE,
  process: { env: [] },
  mounts: [],
  linux: {},
  networks: network === undefined ? [] : [{ name: network }],
  ports: [],
  labels: machine === undefined ? {} : { [LABELS.machine]: machine },
});

function machines(...names: string[]) {
  const group = new MemoryGroup();
  const engines = names.map((name) => ({
    name,
    engine: new MemoryRuntime({ group, images: [IMAGE], registry: ["docker.io/library/other:1"] }),
  }));
  const lost: string[] = [];
  const runtime = composeMachines(engines, { onLost: (name) => void lost.push(name) });
  const [one, two, three] = engines.map(({ engine }) => engine) as [
    MemoryRuntime,
    MemoryRuntime,
    MemoryRuntime,
  ];
  return { runtime, one, two, three, lost, group };
}

const names = async ({ containers }: ContainerRuntime): Promise<string[]> =>
  (await containers.list()).map(({ name }) => name).toSorted();

/** The engine answers nothing any more. */
function gone(engine: MemoryRuntime): void {
  for (const operation of [
    "info",
    "containers.list",
    "containers.inspect",
    "networks.list",
    "networks.inspect",
    "volumes.list",
    "volumes.remove",
    "containers.stop",
  ] as const)
    engine.fail(operation, new K3dError("RUNTIME_UNAVAILABLE", "gone"), { times: 1000 });
}

describe("several machines as one runtime", () => {
  it("puts a container where its label says, else on the first, and finds it there", async () => {
    const { runtime, one, two } = machines("one", "two");
    await runtime.containers.create(spec("here"));
    const id = await runtime.containers.create(spec("there", "two"));
    expect(await names(one)).toEqual(["here"]);
    expect(await names(two)).toEqual(["there"]);
    expect(await names(runtime)).toEqual(["here", "there"]);
    await runtime.containers.start("there");
    expect((await runtime.containers.inspect(id)).status).toBe("running");
    expect((await two.containers.inspect(id)).status).toBe("running");
  });

  it("tells where a registry is, which has no label of it", async () => {
    const { runtime, two } = machines("one", "two");
    const labels = { [LABELS.role]: "registry" };
    await two.containers.create({ ...spec("registry"), labels });
    await two.containers.create(spec("other"));
    const found = await runtime.containers.list();
    const places = found.map(({ name, labels: { [LABELS.machine]: machine } }) => [name, machine]);
    expect(places.toSorted()).toEqual([
      ["other", undefined],
      ["registry", "two"],
    ]);
  });

  it("has each name once, on whichever machine", async () => {
    const { runtime } = machines("one", "two");
    await runtime.containers.create(spec("node", "two"));
    await expect(runtime.containers.create(spec("node", "one"))).rejects.toMatchObject({
      code: "NAME_IN_USE",
      message: expect.stringContaining("machine two"),
    });
  });

  it("refuses a machine that nobody named", async () => {
    const { runtime } = machines("one", "two");
    await expect(runtime.containers.create(spec("node", "three"))).rejects.toMatchObject({
      code: "INVALID_INPUT",
      hint: expect.stringContaining("one, two"),
    });
  });

  it("follows a container through a new name", async () => {
    const { runtime, two } = machines("one", "two");
    await runtime.containers.create(spec("node", "two"));
    await runtime.containers.rename("node", "aside");
    await runtime.containers.create(spec("node", "two"));
    await runtime.containers.remove("aside", { force: true });
    expect(await names(two)).toEqual(["node"]);
  });

  it("makes a network once, and keeps it while a container of any machine is on it", async () => {
    const { runtime } = machines("one", "two");
    const { id } = await runtime.networks.create({ name: "wide", labels: {} });
    await runtime.containers.create(spec("node", "two", "wide"));
    expect((await runtime.networks.inspect("wide")).containers).toMatchObject([{ name: "node" }]);
    expect(await runtime.networks.list()).toHaveLength(1);
    await expect(runtime.networks.remove(id)).rejects.toMatchObject({
      code: "NETWORK_IN_USE",
      details: { containers: ["node"] },
    });
    await runtime.containers.remove("node", { force: true });
    await runtime.networks.remove(id);
    await expect(runtime.networks.inspect("wide")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("has a network removed when all machines have heard of it, or after a time", async () => {
    const group = new MemoryGroup();
    const engine = (stale: number): ContainerRuntime => {
      let asked = false;
      return interceptRuntime(new MemoryRuntime({ group }), (call) => {
        if (call.name === "networks.list") asked = true;
        if (call.name === "networks.inspect" && asked && stale > 0) {
          stale -= 1;
          return Promise.resolve({ id: call.args[0], name: "wide", containers: [] });
        }
        return call.proceed();
      });
    };
    let slept = 0;
    const clock = { now: () => slept, sleep: async (ms: number) => void (slept += ms) };
    const remove = async (stale: number): Promise<number> => {
      slept = 0;
      const late = engine(stale);
      const both = [
        { name: "one", engine: new MemoryRuntime({ group }) },
        { name: "two", engine: late },
      ];
      const runtime = composeMachines(both, { clock });
      const { id } = await runtime.networks.create({ name: "wide", labels: {} });
      await late.networks.list();
      await runtime.networks.remove(id);
      return slept;
    };
    expect(await remove(0)).toBe(0);
    expect(await remove(4)).toBe(600);
    expect(await remove(1e6)).toBeGreaterThan(15_000);
  });

  it("asks for the smallest packet that the machines' links take", async () => {
    const group = new MemoryGroup();
    const asked: unknown[] = [];
    const withLinks = (name: string, mtu: number) => ({
      name,
      engine: interceptRuntime(
        new MemoryRuntime({ group, info: { defaultNetwork: "bridge" } }),
        (call) => {
          if (call.name === "networks.inspect") return Promise.resolve({ mtu });
          if (call.name === "networks.create") asked.push(...call.args);
          return call.proceed();
        },
      ),
    });
    const runtime = composeMachines([withLinks("one", 1500), withLinks("two", 1460)]);
    await runtime.networks.create({ name: "wide", labels: {} });
    expect(asked).toEqual([{ name: "wide", labels: {}, overMachines: true, mtu: 1460 }]);
  });

  it("makes a volume on every machine, and takes it from all", async () => {
    const { runtime, one, two } = machines("one", "two");
    await runtime.volumes.create({ name: "images", labels: { a: "b" } });
    for (const engine of [one, two]) expect(await engine.volumes.list()).toHaveLength(1);
    expect(await runtime.volumes.list()).toHaveLength(1);
    await runtime.volumes.remove("images");
    for (const engine of [one, two]) expect(await engine.volumes.list()).toEqual([]);
    await expect(runtime.volumes.remove("images")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("does not say that a volume is gone which may be on a machine that does not answer", async () => {
    const { runtime, two } = machines("one", "two");
    await two.volumes.create({ name: "images", labels: {} });
    gone(two);
    await expect(runtime.volumes.remove("images")).rejects.toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
      message: expect.stringContaining("Machine two"),
    });
  });

  it("leaves no volume behind when one machine has it already", async () => {
    const { runtime, one, two } = machines("one", "two");
    await two.volumes.create({ name: "images", labels: {} });
    const making = runtime.volumes.create({ name: "images", labels: {} });
    await expect(making).rejects.toMatchObject({ code: "NAME_IN_USE" });
    expect(await one.volumes.list()).toEqual([]);
  });

  it("has an image when every machine has it, and pulls it where it is missing", async () => {
    const { runtime, one, two } = machines("one", "two");
    one.addImage("docker.io/library/other:1");
    const missing = runtime.images.inspect("docker.io/library/other:1");
    await expect(missing).rejects.toMatchObject({ code: "IMAGE_NOT_FOUND" });
    await runtime.images.pull("docker.io/library/other:1");
    expect(one.calls.map(({ operation }) => operation)).not.toContain("images.pull");
    expect(await two.images.inspect("docker.io/library/other:1")).toMatchObject({});
    await runtime.images.inspect("docker.io/library/other:1");
  });

  it("loads an archive into all from one reading", async () => {
    const { runtime, one, two } = machines("one", "two");
    one.addImage("docker.io/library/other:1");
    const archive = await runtime.images.save(["docker.io/library/other:1"]);
    await one.images.remove("docker.io/library/other:1");
    expect(await runtime.images.load(archive)).toEqual(["docker.io/library/other:1"]);
    for (const engine of [one, two]) await engine.images.inspect("docker.io/library/other:1");
  });

  it("reads a broken archive to no end", async () => {
    const { runtime } = machines("one", "two");
    const loading = runtime.images.load(Readable.from([Buffer.from("no archive")]));
    await expect(loading).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });

  it("runs commands and reads logs where the container is", async () => {
    const { runtime, two } = machines("one", "two");
    two.onExec("node", /where/, async (process) => {
      await process.write("there");
      return 0;
    });
    await runtime.containers.create(spec("node", "two"));
    await runtime.containers.start("node");
    const { stdout, exitCode } = await runtime.containers.exec("node", { args: ["where"] });
    expect(await text(stdout)).toBe("there");
    expect(await exitCode).toBe(0);
  });
});

describe("a machine that is gone", () => {
  it("is told once and left out of lists, while the others go on", async () => {
    const { runtime, two, lost } = machines("one", "two", "three");
    await runtime.containers.create(spec("aa", "one"));
    await runtime.containers.create(spec("bb", "two"));
    gone(two);
    expect(await names(runtime)).toEqual(["aa"]);
    await runtime.networks.list();
    expect(lost).toEqual(["two"]);
    expect(runtime.machines).toEqual([
      { name: "one", reachable: true },
      { name: "two", reachable: false, reason: "gone" },
      { name: "three", reachable: true },
    ]);
    await expect(runtime.containers.start("bb")).rejects.toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
      message: expect.stringContaining("Machine two"),
    });
    await runtime.containers.start("aa");
  });

  it("makes of a missing container one that may be there", async () => {
    const { runtime, two } = machines("one", "two");
    await expect(runtime.containers.inspect("x")).rejects.toMatchObject({ code: "NOT_FOUND" });
    gone(two);
    await expect(runtime.containers.inspect("x")).rejects.toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
    });
  });

  it("may have been gone from the beginning, but not all of them", async () => {
    const engine = new MemoryRuntime({ images: [IMAGE] });
    const away = new K3dError("RUNTIME_UNAVAILABLE", "no route");
    const runtime = composeMachines([
      { name: "one", engine },
      { name: "two", engine: away },
    ]);
    expect(await names(runtime)).toEqual([]);
    expect(() => composeMachines([{ name: "two", engine: away }])).toThrow("no route");
  });

  it("keeps no new cluster from being refused before anything is made", async () => {
    const { runtime, two } = machines("one", "two");
    gone(two);
    await names(runtime);
    const { obstacles } = await runtime.info();
    expect(obstacles).toMatchObject([{ reason: "machine two cannot be reached: gone" }]);
  });
});

describe("engines that do not know each other", () => {
  const group = (member: string | undefined, managers: string[]) => ({
    machineGroup: { member, managers, howToBegin: "swarm init", howToJoin: "swarm join" },
  });
  const engine = (info: ReturnType<typeof group> | object, networkOverMachines = true) =>
    new MemoryRuntime({ info, capabilities: { networkOverMachines } });
  const obstacles = async (one: MemoryRuntime, two: MemoryRuntime) => {
    const runtime = composeMachines([
      { name: "one", engine: one },
      { name: "two", engine: two },
    ]);
    return (await runtime.info()).obstacles;
  };

  it.each([
    ["of one group", group("a", ["a"]), group("b", ["a"]), undefined],
    ["that know no groups", {}, {}, [{ reason: expect.stringContaining("machine one") }]],
    [
      "of which none is in one",
      group(undefined, []),
      group(undefined, []),
      [{ hint: "Run on one: swarm init; and what it prints on two: swarm join" }],
    ],
    [
      "of which one is in none",
      group("a", ["a"]),
      group(undefined, []),
      [{ hint: "Run on two: swarm join" }],
    ],
    [
      "of two groups",
      group("a", ["a"]),
      group("b", ["b"]),
      [{ hint: "Run on two, once it has left its own: swarm join" }],
    ],
  ])("%s", async (_, one, two, wanted) => {
    const found = await obstacles(engine(one), engine(two));
    if (wanted === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(wanted);
  });

  it("and could be made to by a command", async () => {
    const wired = () => new MemoryRuntime({ wire: new MemoryWire() });
    expect(await obstacles(wired(), wired())).toMatchObject([
      {
        hint: expect.stringMatching(
          /^Run `k3d machines join` with these machines, or by hand on one/,
        ),
      },
    ]);
  });

  it("and a first one that makes no networks", async () => {
    const found = await obstacles(engine(group("a", ["b"]), false), engine(group("b", ["b"])));
    expect(found).toMatchObject([{ hint: expect.stringContaining("let one manage") }]);
  });
});

describe("the placement in a label", () => {
  it("is read as it was written", () => {
    const nodes = [
      { name: "k3d-demo-server-0", machine: "big" },
      { name: "k3d-demo-serverlb", machine: "big" },
      { name: "k3d-more-0", machine: "two.lan" },
    ];
    const label = formatPlacement("demo", nodes);
    expect(label).toBe("big=server-0,serverlb;two.lan=/k3d-more-0");
    expect(parsePlacement("demo", label)).toEqual(nodes);
  });

  it("knows the nodes of every cluster's name", () => {
    const nodes = [{ name: "k3d-My.Shop-server-0", machine: "big" }];
    expect(parsePlacement("My.Shop", formatPlacement("My.Shop", nodes))).toEqual(nodes);
  });

  it.each(["", "=", "big", "big=", "../x=server-0", "big=a b,\u001B[31m", ";;;,,,==="])(
    "of whoever's making (%j) names nothing that is not a name",
    (label) => {
      expect(parsePlacement("demo", label)).toEqual([]);
    },
  );
});
