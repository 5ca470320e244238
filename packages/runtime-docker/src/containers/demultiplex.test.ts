import { PassThrough, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { demultiplex, splitOutput } from "./demultiplex.js";

function frame(stream: number, data: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

/** `data` cut at the given places. */
function cut(data: Buffer, places: number[]): Buffer[] {
  const sorted = [
    0,
    ...places.map((place) => place % (data.length + 1)).toSorted((a, b) => a - b),
    data.length,
  ];
  return sorted.slice(1).map((end, index) => data.subarray(sorted[index], end));
}

describe("splitOutput", () => {
  it("gives each stream its bytes, however they were cut", async () => {
    const frames = fc.array(
      fc.record({
        stream: fc.constantFrom(1, 2),
        data: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      }),
      { minLength: 1 },
    );
    await fc.assert(
      fc.asyncProperty(frames, fc.array(fc.nat()), async (sent, places) => {
        const source = Readable.from(
          cut(Buffer.concat(sent.map(({ stream, data }) => frame(stream, data))), places),
        );
        const { stdout, stderr, finished } = splitOutput(source);
        const received = await Promise.all([buffer(stdout), buffer(stderr), finished]);
        const expected = [1, 2].map((stream) =>
          Buffer.concat(sent.filter((piece) => piece.stream === stream).map(({ data }) => data)),
        );
        expect(received.slice(0, 2)).toEqual(expected);
      }),
    );
  });

  it("takes a stream without frames for standard output", async () => {
    const { stdout, stderr } = splitOutput(
      Readable.from([Buffer.from("plain terminal"), Buffer.from(" output")]),
    );
    expect((await buffer(stdout)).toString()).toBe("plain terminal output");
    expect((await buffer(stderr)).length).toBe(0);
  });

  it("reads no further than its consumer does", async () => {
    const chunk = frame(1, Buffer.alloc(64 * 1024));
    let produced = 0;
    const source = Readable.from(
      (function* generate() {
        for (let count = 0; count < 1000; count++) {
          produced += 1;
          yield chunk;
        }
      })(),
    );
    const { stdout, finished } = splitOutput(source);
    stdout.once("readable", () => undefined);
    await new Promise((resolve) => setImmediate(resolve));
    expect(produced).toBeLessThan(50);
    stdout.resume();
    await finished;
    expect(produced).toBe(1000);
  });

  it("goes on when one consumer gives up", async () => {
    const source = Readable.from([
      frame(1, Buffer.alloc(100_000)),
      frame(1, Buffer.alloc(100_000)),
      frame(2, Buffer.from("end")),
    ]);
    const { stdout, stderr } = splitOutput(source);
    stdout.destroy();
    expect((await buffer(stderr)).toString()).toBe("end");
  });

  it("fails both streams when the source fails", async () => {
    const { stdout, stderr, finished } = splitOutput(
      Readable.from(
        (async function* generate() {
          yield frame(1, Buffer.from("a"));
          throw new Error("connection lost");
        })(),
      ),
    );
    const outcomes = await Promise.allSettled([buffer(stdout), buffer(stderr), finished]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  });

  it("leaves a failure to the promise where the streams are only drained", async () => {
    const source = new PassThrough();
    const { stdout, stderr, finished } = splitOutput(source);
    const closed = [stdout, stderr].map(
      (stream) => new Promise((resolve) => stream.resume().once("close", resolve)),
    );
    source.destroy(new Error("connection lost"));
    await expect(finished).rejects.toThrow("connection lost");
    await Promise.all(closed);
  });
});

it("passes a large frame on in the pieces it arrives in", async () => {
  const whole = frame(2, Buffer.alloc(1_000_000, "x"));
  const pieces: number[] = [];
  for await (const piece of demultiplex(Readable.from(cut(whole, [100_000, 500_000])))) {
    expect(piece.stream).toBe("stderr");
    expect(piece.frameStart).toBe(pieces.length === 0);
    pieces.push(piece.data.length);
  }
  expect(pieces).toEqual([99_992, 400_000, 500_008]);
});
