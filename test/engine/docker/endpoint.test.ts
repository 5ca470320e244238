import { createServer, type Server } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { askDocker, defaultRuntime, dockerEndpoint } from "./endpoint.ts";

describe("dockerEndpoint", () => {
  it("prefers DOCKER_HOST", () => {
    expect(dockerEndpoint({ DOCKER_HOST: "tcp://engine.example:2375" })).toBe(
      "tcp://engine.example:2375",
    );
  });

  it("takes an empty DOCKER_HOST for none", () => {
    expect(dockerEndpoint({ DOCKER_HOST: "" })).toBe("unix:///var/run/docker.sock");
  });
});

describe("askDocker", () => {
  let folder: string;
  let server: Server;
  let status: number;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "k3d-endpoint-"));
    status = 200;
    server = createServer((request, response) => {
      response.statusCode = status;
      response.end(request.url === "/info" ? '{"DefaultRuntime":"runc"}' : "OK");
    });
    server.listen(join(folder, "engine.sock"));
    await once(server, "listening");
  });

  afterEach(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  });

  it("finds an engine that answers on a socket", async () => {
    const endpoint = `unix://${folder}/engine.sock`;
    expect(await askDocker(endpoint)).toEqual({ endpoint, problem: undefined, denied: false });
  });

  it("tells the engine's default runtime", async () => {
    expect(await defaultRuntime(`unix://${folder}/engine.sock`)).toBe("runc");
    status = 500;
    expect(await defaultRuntime(`unix://${folder}/engine.sock`)).toBeUndefined();
  });

  it("tells an engine that refuses", async () => {
    status = 503;
    expect((await askDocker(`unix://${folder}/engine.sock`)).problem).toBe(
      "it answers with HTTP 503",
    );
  });

  it("tells a socket that is not there", async () => {
    expect((await askDocker(`unix://${folder}/none.sock`)).problem).toBe(
      "the socket does not exist",
    );
  });

  it("tells a port where nothing listens", async () => {
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const address = probe.address();
    probe.close();
    await once(probe, "close");
    const port = typeof address === "object" && address !== null ? address.port : 0;
    expect((await askDocker(`tcp://127.0.0.1:${port}`)).problem).toBe("nothing listens there");
  });

  it("does not wait for ever", async () => {
    const silent = createServer(() => undefined).listen(join(folder, "silent.sock"));
    await once(silent, "listening");
    expect((await askDocker(`unix://${folder}/silent.sock`, 50)).problem).toBe(
      "no answer within 50 ms",
    );
    silent.closeAllConnections();
    silent.close();
  });
});
