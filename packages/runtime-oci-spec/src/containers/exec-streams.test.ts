import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { feed, outputOf, streamEnded } from "./exec-streams.ts";

describe("outputOf", () => {
  it("keeps what nobody has read when the source is over", async () => {
    const source = new PassThrough();
    const output = outputOf(source);
    source.end("late");
    await streamEnded(source);
    source.destroy();
    expect(await text(output)).toBe("late");
  });

  it("ends when the source fails", async () => {
    const source = new PassThrough();
    const output = outputOf(source);
    source.write("some");
    await setImmediate();
    source.destroy(new Error("broken"));
    expect(await text(output)).toBe("some");
  });

  it("closes the source when it is destroyed", async () => {
    const source = new PassThrough();
    const output = outputOf(source);
    output.destroy();
    await streamEnded(output);
    await setImmediate();
    expect(source.destroyed).toBe(true);
  });
});

describe("feed", () => {
  /** What came of feeding: the input's text when it ended, or the failure. */
  async function fed(source: Readable, act: () => void = () => undefined): Promise<string | Error> {
    const input = new PassThrough();
    const failure = new Promise<Error>((resolve) => feed(source, input, resolve));
    act();
    return await Promise.race([text(input), failure]);
  }

  it("passes on everything to the end", async () => {
    expect(await fed(Readable.from(["one ", "two"]))).toBe("one two");
  });

  it("tells of a source that fails, and does not end the input", async () => {
    const source = new PassThrough();
    source.write("some");
    expect(await fed(source, () => source.destroy(new Error("broken")))).toMatchObject({
      message: "broken",
    });
  });

  it("tells of a source that was closed or had failed before", async () => {
    const closed = new PassThrough();
    closed.destroy();
    expect(await fed(closed)).toMatchObject({ message: "it was closed before its end" });
    const failed = new PassThrough();
    failed.on("error", () => undefined).destroy(new Error("broken"));
    await setImmediate();
    expect(await fed(failed)).toMatchObject({ message: "broken" });
  });

  it("ends the input at once where the source was read to its end before", async () => {
    const source = Readable.from(["read"]);
    await text(source);
    expect(await fed(source)).toBe("");
  });

  it("leaves the source alone when the process takes no more", async () => {
    const source = new PassThrough();
    const input = new PassThrough();
    const failures: Error[] = [];
    feed(source, input, (error) => failures.push(error));
    input.destroy(Object.assign(new Error("EPIPE"), { code: "EPIPE" }));
    await setImmediate();
    expect(source.destroyed).toBe(false);
    expect(failures).toEqual([]);
  });
});
