/**
 * How often operations ask the engine: each call is a round trip, over ssh a long one, and at fifty agents whatever is asked
 * once too often for each is asked fifty times too often.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { memoryConfig, memoryDeps, memoryEngine } from "../../../test-support/memory-cluster.js";
import type { ContainerSpec } from "../../runtime/index.js";
import type { SimpleConfig } from "../../config/index.js";
import { interceptRuntime } from "../../runtime/intercept.js";
import type { Collaborators } from "../../steps/world.js";
import type { MemoryRuntime } from "../../testing/index.js";
import { ListingService } from "../listing/listing-service.js";
import { ClusterService } from "./cluster-service.js";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-engine-calls-"));
});
afterEach(() => rm(home, { recursive: true }));

type Calls = Record<string, number>;

/** Collaborators, and how often each method of the engine was called since it was asked last. */
function counted(engine: MemoryRuntime): { deps: Collaborators; calls: () => Calls } {
  let counts: Calls = {};
  const runtime = interceptRuntime(engine, ({ name, proceed }) => {
    counts[name] = (counts[name] ?? 0) + 1;
    return proceed();
  });
  return {
    deps: memoryDeps(engine, runtime, home),
    calls: () => {
      const before = counts;
      counts = {};
      return before;
    },
  };
}

type Operation = "create" | "stop" | "start" | "delete";

/** The calls of each operation on a cluster of that size. */
async function callsOf(size: Partial<SimpleConfig>): Promise<Record<Operation, Calls>> {
  const { deps, calls } = counted(memoryEngine());
  const clusters = new ClusterService(deps);
  await clusters.create(memoryConfig(size));
  const create = calls();
  await clusters.stop("demo");
  const stop = calls();
  await clusters.start("demo");
  const start = calls();
  await clusters.delete("demo");
  return { create, stop, start, delete: calls() };
}

/** What `more` has over `less`. */
function difference(more: Calls, less: Calls): Calls {
  const names = [...new Set([...Object.keys(more), ...Object.keys(less)])].toSorted();
  return Object.fromEntries(
    names.flatMap((name) => {
      const extra = (more[name] ?? 0) - (less[name] ?? 0);
      return extra === 0 ? [] : [[name, extra]];
    }),
  );
}

const total = (calls: Calls): number => Object.values(calls).reduce((sum, count) => sum + count, 0);

/** What one more agent costs. */
const EACH_AGENT: Record<Operation, Calls> = {
  create: { "containers.create": 1, "containers.putArchive": 1, "containers.start": 1 },
  stop: { "containers.stop": 1 },
  // Once to see what there is, once to see when it was started.
  start: { "containers.inspect": 2, "containers.start": 1 },
  delete: { "containers.remove": 1 },
};

/** Most calls for a cluster of one server, one agent and the load balancer. */
const BUDGET: Record<Operation, number> = { create: 29, stop: 6, start: 22, delete: 13 };

it("asks for each further agent the same, however many there are", async () => {
  const [one, two, ten] = [
    await callsOf({ agents: 1 }),
    await callsOf({ agents: 2 }),
    await callsOf({ agents: 10 }),
  ];
  for (const operation of ["create", "stop", "start", "delete"] as const) {
    const each = difference(two[operation], one[operation]);
    const eight = Object.fromEntries(
      Object.entries(each).map(([name, count]) => [name, count * 8]),
    );
    expect(difference(ten[operation], two[operation]), operation).toEqual(eight);
    expect(each, operation).toEqual(EACH_AGENT[operation]);
  }
});

it("keeps to a budget of calls for a cluster of one server and one agent", async () => {
  const calls = await callsOf({ agents: 1 });
  for (const operation of ["create", "stop", "start", "delete"] as const) {
    const asked = calls[operation];
    expect(total(asked), `${operation}: ${JSON.stringify(asked)}`).toBeLessThanOrEqual(
      BUDGET[operation],
    );
  }
});

/** Which containers were created and started, in the order in which that was done, since it was asked last. */
function begun(engine: MemoryRuntime): { deps: Collaborators; order: () => string[] } {
  const order: string[] = [];
  const runtime = interceptRuntime(engine, async ({ name, args: [of], proceed }) => {
    const result = await (proceed() as Promise<unknown>);
    if (name === "containers.create") order.push(`create ${(of as ContainerSpec).name}`);
    if (name === "containers.start")
      order.push(`start ${(await engine.containers.inspect(of as string)).spec.name}`);
    return result;
  });
  return { deps: memoryDeps(engine, runtime, home), order: () => order.splice(0) };
}

it("begins the first server's boot, which all wait for, before it makes another container", async () => {
  const { deps, order } = begun(memoryEngine());
  await new ClusterService(deps).create(memoryConfig({ servers: 3, agents: 2 }));
  const all = order();
  expect(all.slice(0, 2)).toEqual(["create k3d-demo-server-0", "start k3d-demo-server-0"]);
  expect(all).toHaveLength(12);
});

it("starts the only server before the others", async () => {
  const { deps, order } = begun(memoryEngine());
  const clusters = new ClusterService(deps);
  await clusters.create(memoryConfig({ agents: 2 }));
  await clusters.stop("demo");
  order();
  await clusters.start("demo");
  const all = order();
  expect(all[0]).toBe("start k3d-demo-server-0");
  expect(all).toHaveLength(4);
});

it("lists any number of clusters with one list of containers, once it has seen that they are made", async () => {
  const { deps, calls } = counted(memoryEngine());
  const { runtime } = deps;
  const self = { id: "host:1:1", isRunning: async () => false };
  deps.settings.process = self;
  const finished = new Set<string>();
  const clusters = new ClusterService(deps);
  for (const name of ["one", "two", "three"])
    await clusters.create(memoryConfig({ metadata: { name } }));
  calls();
  const listing = new ListingService({
    runtime,
    onEveryRuntime: async (work) => [await work(runtime)],
    process: self,
    finished,
    answers: async () => true,
  });
  const states = async (): Promise<string[]> =>
    (await listing.clusters()).map(({ state }) => state.status);
  expect(await states()).toEqual(["running", "running", "running"]);
  expect(calls()).toEqual({ "containers.list": 1, "containers.getArchive": 3 });
  expect(await states()).toEqual(["running", "running", "running"]);
  expect(calls()).toEqual({ "containers.list": 1 });
  expect(finished.size).toBe(3);
});
