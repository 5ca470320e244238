import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import {
  ALIVE,
  DEAD,
  ELSEWHERE,
  stockedEngine,
  wholeCluster,
  type StockedEngine,
} from "../../testing/stocked-engine.js";
import { creationFile } from "../../node/creation.js";
import { apiAnswers } from "../../observe/api-answers.js";
import { describeState } from "../../observe/status.js";
import { packFiles } from "../../runtime/archive.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import { ListingService } from "./listing-service.js";

function listing(
  { runtime, deps }: StockedEngine,
  {
    answers = true,
    others = [],
    finished,
  }: { answers?: boolean; others?: ContainerRuntime[]; finished?: Set<string> } = {},
): ListingService {
  return new ListingService({
    runtime,
    process: deps.settings.process,
    finished,
    answers: async () => answers,
    fileMs: 100,
    onEveryRuntime: (work) => Promise.all([runtime, ...others].map((each) => work(each))),
  });
}

async function statusOf(
  world: StockedEngine,
  options: Parameters<typeof listing>[1] = {},
): Promise<string[]> {
  const clusters = await listing(world, options).clusters();
  return clusters.map(({ name, state }) =>
    [name, describeState(state), state.reason].filter(Boolean).join(": "),
  );
}

const begin = async ({ runtime }: StockedEngine, node: string): Promise<void> =>
  runtime.containers.putArchive(node, "/", await packFiles([creationFile("begun")]));

describe("the state of a cluster", () => {
  it("is running when all its nodes run, and starting until the API answers", async () => {
    const world = stockedEngine();
    await wholeCluster(world, "demo");
    expect(await statusOf(world)).toEqual(["demo: running"]);
    const api = { "k3d.server.api.port": "6550", "k3d.server.api.host": "0.0.0.0" };
    await world.node("demo", "server", "k3d-demo-server-1", api);
    expect(await statusOf(world, { answers: true })).toEqual(["demo: running"]);
    expect(await statusOf(world, { answers: false })).toEqual([
      "demo: starting: the API does not answer",
    ]);
  });

  it("is degraded with the nodes that run, paused or stopped", async () => {
    const world = stockedEngine();
    await wholeCluster(world, "demo");
    await world.node("demo", "agent", "k3d-demo-agent-0");
    const { containers } = world.runtime;
    await containers.stop("k3d-demo-agent-0");
    expect(await statusOf(world)).toEqual(["demo: degraded 2/3"]);
    await containers.stop("k3d-demo-server-0");
    await containers.stop("k3d-demo-serverlb");
    expect(await statusOf(world)).toEqual(["demo: stopped"]);
    for (const name of ["server-0", "serverlb", "agent-0"]) {
      await containers.start(`k3d-demo-${name}`);
      await containers.pause(`k3d-demo-${name}`);
    }
    expect(await statusOf(world)).toEqual(["demo: paused"]);
  });

  it("is incomplete without a server, and without the load balancer that its servers name", async () => {
    const world = stockedEngine();
    await world.node("gone", "agent", "k3d-gone-agent-0");
    await world.node("demo", "server", "k3d-demo-server-0", {
      "k3d.server.init": "true",
      "k3d.server.loadbalancer": "k3d-demo-serverlb",
    });
    expect(await statusOf(world)).toEqual([
      "demo: incomplete: no k3d-demo-serverlb",
      "gone: incomplete: no server",
    ]);
  });

  it.each([
    [DEAD, "incomplete: its creation broke off"],
    [ALIVE, "starting: being made"],
    [ELSEWHERE, "starting: being made"],
  ])("tells a creation that broke off from one that goes on: %s", async (id, expected) => {
    const world = stockedEngine();
    await wholeCluster(world, "demo", { id });
    await begin(world, "k3d-demo-server-0");
    const finished = new Set<string>();
    for (let look = 0; look < 2; look++)
      expect(await statusOf(world, { finished })).toEqual([`demo: ${expected}`]);
    expect([...finished]).toEqual([]);
  });

  it("does not ask again how far a creation came that is over, or that does not tell", async () => {
    const world = stockedEngine();
    await wholeCluster(world, "demo", { id: DEAD });
    const finished = new Set<string>();
    await statusOf(world, { finished });
    // As long as the file is not there, nobody knows whether it will say "begun".
    expect([...finished]).toEqual([]);
    await world.runtime.containers.putArchive(
      "k3d-demo-server-0",
      "/",
      await packFiles([creationFile("finished")]),
    );
    await statusOf(world, { finished });
    expect([...finished]).toEqual([expect.stringMatching(`^${DEAD} .+`)]);
    const asked = (): number =>
      world.runtime.calls.filter(({ operation }) => operation === "containers.getArchive").length;
    const before = asked();
    expect(await statusOf(world, { finished })).toEqual(["demo: running"]);
    expect(asked()).toBe(before);

    // As a restore does it, which may break off.
    await world.runtime.containers.remove("k3d-demo-server-0", { force: true });
    const labels = { "k3d.cluster.id": DEAD, "k3d.server.init": "true" };
    await world.node("demo", "server", "k3d-demo-server-0", labels, {
      network: "k3d-demo",
      started: true,
    });
    await begin(world, "k3d-demo-server-0");
    expect(await statusOf(world, { finished })).toEqual([
      "demo: incomplete: its creation broke off",
    ]);
  });

  it("is told although a container cannot be read: one that is being removed, for one", async () => {
    const world = stockedEngine();
    await wholeCluster(world, "demo", { id: DEAD });
    world.runtime.fail("containers.getArchive", "RUNTIME_ERROR", { subject: "k3d-demo-server-0" });
    expect(await statusOf(world)).toEqual(["demo: running"]);
  });

  it("is told although the engine holds a container busy for ever", async () => {
    const world = stockedEngine();
    for (const name of ["demo", "other"]) await wholeCluster(world, name, { id: DEAD });
    await begin(world, "k3d-other-server-0");
    const gate = world.runtime.hold("containers.getArchive", "k3d-demo-server-0");
    expect(await statusOf(world)).toEqual([
      "demo: running",
      "other: incomplete: its creation broke off",
    ]);
    gate.release();
  });

  it("is incomplete when nothing of it ever started", async () => {
    const world = stockedEngine();
    await wholeCluster(world, "demo", { started: false });
    expect(await statusOf(world)).toEqual(["demo: incomplete: its creation broke off"]);
  });
});

describe("lists", () => {
  it("span all runtimes where asked to, and show an engine with two names once", async () => {
    const [world, other] = [stockedEngine(), stockedEngine({ now: new Date() })];
    await wholeCluster(world, "demo");
    await wholeCluster(other, "demo");
    const service = listing(world, { others: [other.runtime, world.runtime] });
    expect(await service.clusters()).toHaveLength(1);
    expect(await service.clusters({ everywhere: true })).toHaveLength(2);
    expect(await service.nodes({ everywhere: true })).toHaveLength(6);
  });

  it("inspect nodes only where details are asked for, and pass over those that vanish", async () => {
    const world = stockedEngine();
    await wholeCluster(world, "demo");
    const service = listing(world);
    expect((await service.nodes())[0]).not.toHaveProperty("details");
    world.runtime.fail("containers.inspect", "NOT_FOUND", { subject: "k3d-demo-serverlb" });
    const [cluster] = await service.clusters({ details: true });
    expect(cluster?.volumes).toEqual(["k3d-demo-images"]);
    const detailed = cluster?.nodes.map(({ name, details }) => [name, details !== undefined]);
    expect(Object.fromEntries(detailed ?? [])).toEqual({
      "k3d-demo-server-0": true,
      "k3d-demo-serverlb": false,
      "k3d-demo-registry": true,
    });
  });
});

describe("apiAnswers", () => {
  it("is false for a port that nobody has, and for one that says nothing in TLS", async () => {
    const server = createServer((socket) => socket.resume().end("no TLS here"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    expect(await apiAnswers(`https://127.0.0.1:${port}`)).toBe(false);
    await new Promise((resolve) => server.close(resolve));
    expect(await apiAnswers(`https://127.0.0.1:${port}`)).toBe(false);
    expect(await apiAnswers(`https://[::1]:${port}`, AbortSignal.abort())).toBe(false);
  });
});
