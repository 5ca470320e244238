import type { RequestListener } from "node:http";
import type { Duplex } from "node:stream";
import { PassThrough, type Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { ExecProcess } from "@k3d/core/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fakeEngine, type FakeEngine } from "../../test-support/fake-engine.js";
import { execute } from "./exec.js";

let fake: FakeEngine;
let attached: Promise<Duplex>;
let state: { Running: boolean; ExitCode: number | null };

const answer: RequestListener = (request, response) => {
  if (request.url === "/v1.41/containers/x/exec") response.writeHead(201).end('{"Id":"e"}');
  else response.writeHead(200).end(JSON.stringify(state));
};
beforeEach(async () => {
  const upgraded = Promise.withResolvers<Duplex>();
  attached = upgraded.promise;
  state = { Running: false, ExitCode: 0 };
  fake = await fakeEngine(answer, (socket) => {
    socket.on("error", () => undefined);
    socket.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
    upgraded.resolve(socket);
  });
});
afterEach(() => fake.stop());

function run(stdin: Readable, signal?: AbortSignal): Promise<ExecProcess> {
  return execute(fake.engine, "x", {
    args: ["cat"],
    stdin,
    signal,
  });
}

describe("exec with standard input", () => {
  it("sends it and reads the answer", async () => {
    const stdin = new PassThrough();
    const process = await run(stdin);
    const socket = await attached;
    stdin.end("data");
    expect(await text(socket)).toBe("data");
    socket.end(Buffer.from([1, 0, 0, 0, 0, 0, 0, 2, 104, 105]));
    expect(await text(process.stdout)).toBe("hi");
    expect(await process.exitCode).toBe(0);
  });

  it.each<[string, Error | undefined]>([
    ["fails", Object.assign(new Error("ENOENT: no such file"), { code: "ENOENT" })],
    ["is closed early", undefined],
  ])("an input that %s is neither the end of data nor the engine's failure", async (_, cause) => {
    const stdin = new PassThrough();
    const process = await run(stdin);
    process.stdout.resume();
    process.stderr.resume();
    await attached;
    stdin.destroy(cause);
    await expect(process.exitCode).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });

  it.each([undefined, new Error("read failed")])(
    "is not held up by one over (%s)",
    async (cause) => {
      const stdin = new PassThrough();
      stdin.destroy(cause);
      const process = await run(stdin);
      await expect(process.exitCode).rejects.toMatchObject({ code: "INVALID_INPUT" });
    },
  );

  it("a process that ends without reading all of it is no failure", async () => {
    const stdin = new PassThrough();
    const process = await run(stdin);
    process.stdout.resume();
    process.stderr.resume();
    (await attached).end();
    expect(await process.exitCode).toBe(0);
    stdin.destroy();
  });

  it("a command that the engine says to have started and did not is a failure", async () => {
    state = { Running: false, ExitCode: null };
    const process = await run(new PassThrough());
    process.stdout.resume();
    process.stderr.resume();
    (await attached).end();
    await expect(process.exitCode).rejects.toMatchObject({ code: "RUNTIME_ERROR" });
  });

  it("an abort is what its streams fail with, and no crash where they are only drained", async () => {
    const controller = new AbortController();
    const process = await run(new PassThrough(), controller.signal);
    await attached;
    process.stderr.resume();
    const output = text(process.stdout);
    controller.abort();
    await expect(output).rejects.toMatchObject({ code: "ABORTED" });
    await expect(process.exitCode).rejects.toMatchObject({ code: "ABORTED" });
  });
});
