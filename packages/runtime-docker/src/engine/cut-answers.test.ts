import { createServer, type ServerResponse } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { buffer } from "node:stream/consumers";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { DockerRuntime } from "../runtime.js";
import { connect } from "./connect.js";

let directory: string;
let path: string;
let cut: (answer: ServerResponse) => void;
const server = createServer((request, answer) => {
  if (request.url?.endsWith("/_ping") === true) {
    answer.writeHead(200, { "api-version": "1.41", server: "Docker/28.0.0 (linux)" }).end("OK");
    return;
  }
  cut(answer);
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "k3d-cut-"));
  path = join(directory, "engine.sock");
  await new Promise<void>((resolve) => void server.listen(path, resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true });
});

it.each<[string, (answer: ServerResponse) => void]>([
  ["of a told length", (answer) => answer.writeHead(200, { "content-length": "100" })],
  ["in chunks", (answer) => answer.writeHead(200)],
])("an answer %s that ends half-way is an error", async (_how, begin) => {
  cut = (answer) => {
    begin(answer);
    answer.write('{"Volumes": [', () => answer.socket?.destroy());
  };
  const endpoint = { kind: "socket", path, source: "a test" } as const;
  const connection = await connect(endpoint as never, {
    env: {},
    homeDir: directory,
    platform: "linux",
  });
  const runtime = new DockerRuntime(connection, endpoint as never, async () => undefined);
  await expect(runtime.volumes.list()).rejects.toMatchObject({
    code: "RUNTIME_UNAVAILABLE",
    message: expect.stringContaining("does not answer"),
  });
  await expect(
    runtime.volumes.list({ signal: new AbortController().signal }),
  ).rejects.toMatchObject({ code: "RUNTIME_UNAVAILABLE" });
  await expect(buffer(await runtime.containers.getArchive("node", "/etc"))).rejects.toMatchObject({
    code: "RUNTIME_UNAVAILABLE",
  });
  connection.close();
});
