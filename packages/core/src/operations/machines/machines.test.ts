import { beforeEach, describe, expect, it } from "vitest";
import { K3dError, type ErrorCode } from "../../errors/index.js";
import { composeMachines } from "../../machines/index.js";
import { MemoryGroup, MemoryRuntime, MemoryWire } from "../../testing/index.js";
import { joinMachines, listMachines } from "./index.js";

const NAMES = ["one", "two", "three"] as const;
type Name = (typeof NAMES)[number];

let engines: Record<Name, MemoryRuntime>;
beforeEach(() => {
  const wire = new MemoryWire();
  const engine = () => new MemoryRuntime({ wire });
  engines = { one: engine(), two: engine(), three: engine() };
});

const machines = (...names: Name[]) => names.map((name) => ({ name, engine: engines[name] }));
const groups = async () =>
  (await listMachines(machines(...NAMES))).map(({ group }) => group ?? "none");
const asked = (name: Name) =>
  engines[name].calls.map(({ operation }) => operation).filter((call) => call.startsWith("groups"));

describe("engines that are put into one group", () => {
  it("have networks in common then, and nothing to do again", async () => {
    const told: string[] = [];
    const outcomes = await joinMachines(machines(...NAMES), {
      onJoined: ({ name, outcome }) => told.push(`${name} ${outcome}`),
    });
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(["began", "joined", "joined"]);
    expect(told.toSorted()).toEqual(["one began", "three joined", "two joined"]);
    expect(await groups()).toEqual(["one", "one", "one"]);
    const runtime = composeMachines(machines(...NAMES));
    expect((await runtime.info()).obstacles).toBeUndefined();
    await runtime.networks.create({ name: "wide", labels: {} });
    expect(await engines.three.networks.inspect("wide")).toMatchObject({ name: "wide" });
    const again = await joinMachines(machines(...NAMES));
    expect(again.map(({ outcome }) => outcome)).toEqual(["already", "already", "already"]);
  });

  it("keep what they had", async () => {
    await engines.two.networks.create({ name: "own", labels: {} });
    await joinMachines(machines("one", "two"));
    expect(await engines.two.networks.inspect("own")).toMatchObject({ name: "own" });
  });

  it("are refused before anything is done when one is in another group", async () => {
    await joinMachines(machines("two", "three"));
    await expect(joinMachines(machines("one", "three"))).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: "The engine of machine three is in another group",
      hint: expect.stringMatching(/Name three first.*or let three leave it.*: leave/),
    });
    await engines.one.groups.begin();
    const refused = joinMachines(machines("one", "three"));
    await expect(refused).rejects.toMatchObject({ hint: expect.not.stringMatching(/Name three/) });
    expect(asked("one")).toEqual(["groups.begin"]);
    expect(await groups()).toEqual(["one", "two", "two"]);
  });

  it("are refused when the first manages none, or is put into none", async () => {
    const worker = new MemoryRuntime({
      wire: new MemoryWire(),
      capabilities: { networkOverMachines: false },
    });
    await worker.groups.begin();
    const two = { name: "two", engine: engines.two };
    await expect(joinMachines([{ name: "w", engine: worker }, two])).rejects.toMatchObject({
      message: expect.stringContaining("does not manage"),
    });
    const alone = new MemoryRuntime({ group: new MemoryGroup() });
    await expect(joinMachines([two, { name: "alone", engine: alone }])).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: expect.stringContaining("Machine alone"),
    });
    await expect(joinMachines([two])).rejects.toMatchObject({ code: "INVALID_INPUT" });
    const addresses = { tow: "10.0.0.6" };
    await expect(joinMachines(machines("one", "two"), { addresses })).rejects.toMatchObject({
      hint: "Machines: one, two",
    });
    expect(asked("two")).toEqual([]);
  });

  it("are left alone while one does not answer", async () => {
    const engine = new K3dError("RUNTIME_UNAVAILABLE", "no route");
    const away = joinMachines([...machines("one"), { name: "gone", engine }]);
    await expect(away).rejects.toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
      message: "Machine gone cannot be reached: no route",
    });
    expect(asked("one")).toEqual([]);
  });

  it("are told as they are when one fails, and joined when it is asked again", async () => {
    engines.two.fail("groups.join", new K3dError("REMOTE_UNAVAILABLE", "no way", { hint: "Dig." }));
    await expect(joinMachines(machines(...NAMES))).rejects.toMatchObject({
      code: "REMOTE_UNAVAILABLE",
      message: "Machine two cannot join: no way. In a group now: one, three; in none: two",
      hint: "Dig. Run the same command again: it continues from there.",
    });
    const outcomes = await joinMachines(machines(...NAMES));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(["already", "joined", "already"]);
  });

  it("are told as they are when it is interrupted, or an engine falls silent", async () => {
    const interrupt = new AbortController();
    const gate = engines.three.hold("groups.join");
    const joining = joinMachines(machines(...NAMES), { signal: interrupt.signal });
    await gate.reached;
    engines.two.fail("info", "RUNTIME_UNAVAILABLE");
    interrupt.abort();
    await expect(joining).rejects.toMatchObject({
      code: "ABORTED",
      message: expect.stringMatching(/In a group now: one; in none: three; not known: two/),
    });
  });

  it("never show the token that lets in", async () => {
    engines.two.fail("groups.join", "INVALID_INPUT");
    const error = (await joinMachines(machines(...NAMES)).catch(
      (reason: unknown) => reason,
    )) as Error;
    const { token } = await engines.one.groups.invite();
    const listed = await listMachines(machines(...NAMES));
    expect(JSON.stringify([error, error.message, listed])).not.toContain(token);
  });
});

it.each(["RUNTIME_UNAVAILABLE", "RUNTIME_ERROR"] as const)(
  "lists a machine whose engine fails with %s with the reason",
  async (code) => {
    engines.two.fail("info", new K3dError(code, "no route"));
    await engines.one.groups.begin();
    expect(await listMachines(machines("one", "two"))).toMatchObject([
      { name: "one", reachable: true, group: "one", manager: true, nodes: [] },
      { name: "two", reachable: false, reason: "no route" },
    ]);
  },
);

describe("an engine that fails when it is asked what it has", () => {
  /** What `machines list` says of the machines, and what a list of all of them does. */
  async function judged(code: ErrorCode) {
    engines.two.fail("containers.list", new K3dError(code, "it broke"), { times: 2 });
    const listed = listMachines(machines("one", "two")).then((all) =>
      all.map(({ name, reachable, reason }) => ({ name, reachable, reason })),
    );
    const composed = composeMachines(machines("one", "two"));
    const nodes = composed.containers.list().then(() => composed.machines);
    return Promise.allSettled([listed, nodes]);
  }

  it.each(["RUNTIME_UNAVAILABLE", "RUNTIME_ERROR", "COMMAND_FAILED", "TIMEOUT"] as const)(
    "is unreachable everywhere with %s",
    async (code) => {
      const value = [
        { name: "one", reachable: true },
        { name: "two", reachable: false, reason: "it broke" },
      ];
      expect(await judged(code)).toEqual([
        { status: "fulfilled", value },
        { status: "fulfilled", value },
      ]);
    },
  );

  it("is unreachable everywhere when it could not even be opened", async () => {
    const two = { name: "two", engine: new K3dError("NOT_FOUND", "no such context") };
    const value = [
      { name: "one", reachable: true },
      { name: "two", reachable: false, reason: "no such context" },
    ];
    expect(await listMachines([...machines("one"), two])).toMatchObject(value);
    expect(composeMachines([...machines("one"), two]).machines).toEqual(value);
  });

  it("is a defect everywhere with INTERNAL", async () => {
    expect(await judged("INTERNAL")).toMatchObject([
      { status: "rejected", reason: { code: "INTERNAL" } },
      { status: "rejected", reason: { code: "INTERNAL" } },
    ]);
  });
});
