import { beforeEach, describe, expect, it } from "vitest";
import { MemoryRuntime } from "../../testing/index.js";
import { nodeLogs, type NodeLogOptions } from "./node-logs.js";

/** Lets others work, and waits for nothing. */
const clock = { now: () => 0, sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) };
const nodes = ["one", "two"].map((name) => ({ id: name, name }));
let runtime: MemoryRuntime;
let time: number;

beforeEach(async () => {
  time = 0;
  runtime = new MemoryRuntime({ images: ["k3s"], now: () => new Date(time) });
  for (const { name } of nodes) {
    const spec = { name, image: "k3s", process: { env: [] }, mounts: [], labels: {}, linux: {} };
    await runtime.containers.create({
      ...spec,
      networks: [],
      ports: [],
      restartPolicy: { name: "unless-stopped" },
    });
    await runtime.containers.start(name);
  }
});

function print(node: string, line: string, at: number): void {
  time = at;
  runtime.print(node, line);
}

const read = (options?: NodeLogOptions) => nodeLogs({ runtime, clock }, nodes, options);
async function all(options?: NodeLogOptions): Promise<string[]> {
  const lines: string[] = [];
  for await (const { node, line } of read(options)) lines.push(`${node}: ${line}`);
  return lines;
}

describe("the logs of several nodes", () => {
  it("are in the order of their time", async () => {
    print("one", "a", 1);
    print("two", "b", 2);
    print("two", "c", 3);
    print("one", "d", 4);
    expect(await all()).toEqual(["one: a", "two: b", "two: c", "one: d"]);
    expect(await all({ since: new Date(3) })).toEqual(["two: c", "one: d"]);
    expect(await all({ tail: 1 })).toEqual(["two: c", "one: d"]);
  });

  it("go on where they were read to, with no line twice and none lost", async () => {
    print("one", "a", 1);
    print("one", "b", 1);
    const follow = read({ follow: true });
    const next = async (): Promise<string> => {
      const { value } = await follow.next();
      return value === undefined ? "end" : `${value.node}: ${value.line}`;
    };
    expect([await next(), await next()]).toEqual(["one: a", "one: b"]);
    const third = next();
    print("one", "c", 1);
    expect(await third).toBe("one: c");
    print("two", "d", 5);
    expect(await next()).toBe("two: d");
    const last = next();
    for (const { name } of nodes) await runtime.containers.stop(name);
    expect(await last).toBe("end");
  });

  it("go on through a restart of the node", async () => {
    const follow = read({ follow: true });
    const first = follow.next();
    print("one", "before", 1);
    expect((await first).value?.line).toBe("before");
    runtime.crash("one");
    const second = follow.next();
    await expect.poll(async () => (await runtime.containers.inspect("one")).status).toBe("running");
    print("one", "after", 2);
    expect((await second).value?.line).toBe("after");
    await follow.return(undefined);
  });

  it("end without an error when what follows them is interrupted, and fail otherwise", async () => {
    const controller = new AbortController();
    const follow = all({ follow: true, signal: controller.signal });
    print("one", "a", 1);
    await expect
      .poll(() => runtime.calls.filter(({ operation }) => operation === "containers.logs"))
      .toHaveLength(4);
    controller.abort();
    expect(await follow).toEqual(["one: a"]);
    await expect(all({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
    runtime.fail("containers.logs", "RUNTIME_UNAVAILABLE");
    await expect(all()).rejects.toMatchObject({ code: "RUNTIME_UNAVAILABLE" });
  });

  it("leave out a node that is removed meanwhile", async () => {
    print("two", "b", 2);
    await runtime.containers.remove("one", { force: true });
    expect(await all()).toEqual(["two: b"]);
    await runtime.containers.stop("two");
    expect(await all({ follow: true })).toEqual(["two: b"]);
  });
});
