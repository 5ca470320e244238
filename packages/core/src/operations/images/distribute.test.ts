import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { Branch, distribute } from "./distribute.js";

const never = new AbortController().signal;
const chunk = Buffer.alloc(64 * 1024, "x");
const onBytes = (): void => {};

function chunks(count: number): Readable {
  return Readable.from(Array.from({ length: count }, () => chunk));
}

describe("distribute", () => {
  it("gives all of it to every branch, and tells how far it is", async () => {
    const branches = [new Branch(), new Branch(), new Branch()];
    const read = Promise.all(branches.map(({ stream }) => text(stream)));
    const told: number[] = [];
    await distribute(chunks(5), branches, { signal: never, onBytes: (bytes) => told.push(bytes) });
    expect((await read).map(({ length }) => length)).toEqual(branches.map(() => 5 * chunk.length));
    expect(told).toEqual([1, 2, 3, 4, 5].map((times) => times * chunk.length));
  });

  it("goes at the pace of the slowest", async () => {
    const [fast, slow] = [new Branch(), new Branch()];
    let produced = 0;
    const source = Readable.from(
      (function* () {
        for (; produced < 50; produced += 1) yield chunk;
      })(),
      { highWaterMark: 1 },
    );
    const done = distribute(source, [fast, slow], { signal: never, onBytes });
    const all = text(fast.stream);
    await new Promise((resolve) => slow.stream.once("readable", resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(produced).toBeLessThan(10);
    const rest = text(slow.stream);
    await done;
    expect((await all).length).toBe(50 * chunk.length);
    expect((await rest).length).toBe(50 * chunk.length);
  });

  it("leaves out a branch whose reader went away, also while it waits for it", async () => {
    const [gone, other] = [new Branch(), new Branch()];
    const read = text(other.stream);
    const done = distribute(chunks(20), [gone, other], { signal: never, onBytes });
    gone.stream.once("readable", () => gone.stream.destroy(new Error("the node is gone")));
    await done;
    expect((await read).length).toBe(20 * chunk.length);
  });

  it("reads no further when all readers went away", async () => {
    const branch = new Branch();
    const source = Readable.from(
      (function* () {
        for (;;) yield chunk;
      })(),
    );
    branch.stream.once("readable", () => branch.close());
    await distribute(source, [branch], { signal: never, onBytes });
    expect(source.destroyed).toBe(true);
  });

  it("does not end the branches when the source fails or the work is interrupted", async () => {
    const branch = new Branch();
    branch.stream.resume();
    let ended = false;
    branch.stream.on("end", () => (ended = true));
    const broken = Readable.from(
      (function* () {
        yield chunk;
        throw new Error("the engine is gone");
      })(),
    );
    await expect(distribute(broken, [branch], { signal: never, onBytes })).rejects.toThrow(
      "the engine is gone",
    );
    const stop = new AbortController();
    const interrupted = distribute(chunks(1000), [branch], {
      signal: stop.signal,
      onBytes: () => stop.abort(),
    });
    await expect(interrupted).rejects.toMatchObject({ name: "AbortError" });
    expect(ended).toBe(false);
  });
});
