import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ExecOptions } from "../runtime/containers.js";
import type { ContainerRuntime } from "../runtime/runtime.js";
import { interceptRuntime } from "../runtime/intercept.js";
import { MemoryRuntime } from "../testing/index.js";
import { stopNode } from "./stop-node.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** An engine whose stop takes until the second signal, and what is run in its container. */
function engine(): { runtime: ContainerRuntime; told: unknown[] } {
  const told: unknown[] = [];
  const secondSignal = Promise.withResolvers<void>();
  const runtime = interceptRuntime(new MemoryRuntime(), async ({ name, options }) => {
    if (name === "containers.stop") return secondSignal.promise;
    if (name !== "containers.exec") return undefined;
    told.push((options as ExecOptions).args);
    secondSignal.resolve();
    throw new Error("it is gone");
  });
  return { runtime, told };
}

describe("a node that does not end at the first signal", () => {
  const { signal } = new AbortController();

  it("is told again after a while, if it is an agent", async () => {
    const { runtime, told } = engine();
    const stopped = stopNode({ id: "node", role: "agent" }, runtime, { signal });
    await vi.advanceTimersByTimeAsync(2900);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    await stopped;
    expect(told).toEqual([["kill", "-TERM", "1"]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is given all the time of its container, if it is a server", async () => {
    const { runtime, told } = engine();
    void stopNode({ id: "node", role: "server" }, runtime, { signal });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told).toEqual([]);
  });
});
