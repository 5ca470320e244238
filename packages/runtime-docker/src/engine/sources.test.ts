import { createReadStream } from "node:fs";
import { PassThrough, Readable } from "node:stream";
import { K3dError } from "@k3d/core/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { fakeEngine, type FakeEngine } from "../../test-support/fake-engine.js";
import { putArchive } from "../containers/archives.js";
import { loadArchive } from "../images/load.js";

let fake: FakeEngine;
afterEach(() => fake.stop());

/** An engine that reads what it is sent and then answers. */
async function readingEngine(answer: string): Promise<FakeEngine["engine"]> {
  fake = await fakeEngine((request, response) => {
    request.on("error", () => undefined);
    request.resume().on("end", () => response.writeHead(200).end(answer));
  });
  return fake.engine;
}

describe("sending an archive", () => {
  const calls = [
    ["load", (archive: Readable, signal?: AbortSignal) => send("load", archive, signal)],
    ["putArchive", (archive: Readable, signal?: AbortSignal) => send("put", archive, signal)],
  ] as const;
  async function send(call: string, archive: Readable, signal?: AbortSignal): Promise<unknown> {
    const engine = await readingEngine('{"stream":"Loaded image: a:1\\n"}\n');
    const options = { signal };
    return call === "load"
      ? loadArchive(engine, archive, options)
      : putArchive(engine, "x", "/", archive, options);
  }

  it.each(calls)("%s: takes one that is whole", async (call, run) => {
    expect(await run(Readable.from([Buffer.from("data")]))).toEqual(
      call === "load" ? ["docker.io/library/a:1"] : undefined,
    );
  });

  it.each(calls)("%s: a file that is not there is no engine that is not there", async (_, run) => {
    const error: unknown = await run(createReadStream("/nonexistent/x.tar")).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({
      code: "INVALID_INPUT",
      message: expect.stringContaining("ENOENT"),
    });
  });

  it.each(calls)("%s: fails with an archive that breaks half-way", async (_, run) => {
    const archive = new PassThrough();
    archive.write("some");
    const sent = run(archive);
    setImmediate(() => archive.destroy(Object.assign(new Error("read"), { code: "ECONNRESET" })));
    await expect(sent).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });

  it.each(calls)("%s: does not wait for the rest of a closed archive", async (_, run) => {
    const before = new PassThrough();
    before.destroy();
    await expect(run(before)).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await fake.stop();
    const later = new PassThrough();
    setImmediate(() => later.destroy());
    await expect(run(later)).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });

  it.each(calls)("%s: passes on the archive's own coded error", async (_, run) => {
    const archive = new PassThrough();
    const coded = new K3dError("REMOTE_UNAVAILABLE", "the download broke");
    archive.on("error", () => undefined).destroy(coded);
    await expect(run(archive)).rejects.toBe(coded);
  });

  it.each(calls)("%s: ends with its signal and destroys the archive", async (_, run) => {
    const controller = new AbortController();
    const archive = new PassThrough();
    setImmediate(() => controller.abort());
    await expect(run(archive, controller.signal)).rejects.toMatchObject({ code: "ABORTED" });
    expect(archive.destroyed).toBe(true);
  });

  it("an engine that vanishes meanwhile is still one", async () => {
    fake = await fakeEngine((request) => request.once("data", () => fake.vanish()));
    const archive = new PassThrough();
    archive.write("some");
    await expect(loadArchive(fake.engine, archive, {})).rejects.toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
    });
    expect(archive.destroyed).toBe(true);
  });
});
