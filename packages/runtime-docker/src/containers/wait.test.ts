import type { RequestListener } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { fakeEngine, type FakeEngine } from "../../test-support/fake-engine.js";
import { DockerContainers } from "./operations.js";

let fake: FakeEngine;
afterEach(() => fake.stop());

async function containers(answer: RequestListener): Promise<DockerContainers> {
  fake = await fakeEngine(answer);
  return new DockerContainers(fake.engine);
}

describe("wait", () => {
  it("gives the exit code that comes after the head of the answer", async () => {
    const asked: string[] = [];
    const docker = await containers((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(200).flushHeaders();
      setImmediate(() => response.end('{"StatusCode":3}'));
    });
    expect(await docker.wait("x")).toBe(3);
    expect(asked).toEqual(["POST /v1.41/containers/x/wait?condition=not-running"]);
  });

  it("ends when the engine vanishes", async () => {
    const docker = await containers((_request, response) => {
      response.writeHead(200).flushHeaders();
      setImmediate(() => fake.vanish());
    });
    await expect(docker.wait("x")).rejects.toMatchObject({ code: "RUNTIME_UNAVAILABLE" });
  });

  it("ends when the engine ends its answer without a code", async () => {
    const docker = await containers((_request, response) => response.writeHead(200).end());
    await expect(docker.wait("x")).rejects.toMatchObject({ code: "RUNTIME_UNAVAILABLE" });
  });

  it("ends with its signal and closes the connection", async () => {
    const controller = new AbortController();
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const docker = await containers((request, response) => {
      request.socket.once("close", () => resolve());
      response.writeHead(200).flushHeaders();
      setImmediate(() => controller.abort());
    });
    const waiting = docker.wait("x", { signal: controller.signal });
    await expect(waiting).rejects.toMatchObject({ code: "ABORTED" });
    await closed;
  });

  it("tells of a container that is not there", async () => {
    const docker = await containers((_request, response) =>
      response.writeHead(404).end('{"message":"No such container: x"}'),
    );
    await expect(docker.wait("x")).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: "Cannot wait for container 'x': No such container: x",
    });
  });
});
