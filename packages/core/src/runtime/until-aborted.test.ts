import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { K3dError } from "../errors/index.js";
import { untilAborted } from "./until-aborted.js";

describe("untilAborted", () => {
  it("fails with what the signal stands for, also when that came before", async () => {
    const controller = new AbortController();
    const reading = text(untilAborted(new PassThrough(), controller.signal));
    controller.abort();
    await expect(reading).rejects.toMatchObject({ code: "ABORTED" });
    const coded = new K3dError("TIMEOUT", "too late");
    const late = text(untilAborted(new PassThrough(), AbortSignal.abort(coded)));
    await expect(late).rejects.toBe(coded);
  });

  it("leaves a stream that has ended alone", async () => {
    const controller = new AbortController();
    const stream = untilAborted(Readable.from([Buffer.from("all")]), controller.signal);
    expect(await text(stream)).toBe("all");
    controller.abort();
    expect(stream.errored).toBeNull();
  });
});
