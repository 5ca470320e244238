import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { NodeView } from "../../../node/views.js";
import type { ContainerOperations } from "../../../runtime/containers.js";
import type { ContainerRuntime } from "../../../runtime/runtime.js";
import { importStream } from "./receive.js";

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What is said of a node whose `ctr` ends so. */
function failure(exitCode: number, wait: ContainerOperations["wait"], stderr = "") {
  const exec = async () => ({
    stdout: Readable.from([]),
    stderr: Readable.from([stderr]),
    exitCode: Promise.resolve(exitCode),
  });
  const runtime = { containers: { exec, wait } } as unknown as ContainerRuntime;
  const node = { name: "s0", id: "s0" } as NodeView;
  return importStream(runtime, node, Readable.from([]), {
    signal: new AbortController().signal,
    flags: [],
  });
}

const never: ContainerOperations["wait"] = async () => {
  throw new Error("not asked");
};

describe("an import that fails", () => {
  it("is the node's end when its container ends just after the command", async () => {
    const wait = async (): Promise<number> => {
      await nextTurn();
      return 137;
    };
    expect(await failure(137, wait)).toMatchObject({ node: "s0", reason: "it stopped meanwhile" });
  });

  it("is the command's alone when the node goes on", async () => {
    const wait: ContainerOperations["wait"] = (_id, { signal } = {}) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      });
    expect(await failure(137, wait)).toMatchObject({ reason: "ctr ended with exit code 137" });
  });

  it("is told by the command's last line when that ended by itself", async () => {
    const stderr = "unpacking\nctr: no space left on device\n";
    expect(await failure(1, never, stderr)).toMatchObject({ reason: "no space left on device" });
  });
});
