import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import Docker from "dockerode";
import { afterEach, describe, expect, it } from "vitest";
import type { DockerClient } from "./client.js";
import { fromHeaders, greet } from "./greeting.js";

describe("fromHeaders", () => {
  it.each([
    [
      { server: "Docker/20.10.24+dfsg1 (linux)", "api-version": "1.41" },
      { version: "20.10.24+dfsg1", apiVersion: "1.41" },
    ],
    [{ server: "nginx", "api-version": "1.41" }, undefined],
    [{ server: "Docker/28.2.2 (linux)" }, undefined],
    [{}, undefined],
  ])("%j → %j", (headers, expected) => {
    expect(fromHeaders(headers)).toEqual(expected);
  });
});

describe("greet", () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  /** An engine that sends these headers with its ping; notes what it is asked. */
  async function engine(
    headers: Record<string, string>,
    version: object,
  ): Promise<{ docker: DockerClient; asked: string[] }> {
    const asked: string[] = [];
    const listening = createServer((request, response) => {
      asked.push(request.url ?? "");
      if (request.url === "/_ping") response.writeHead(200, headers).end("OK");
      else
        response
          .writeHead(200, { "content-type": "application/json" })
          .end(JSON.stringify(version));
    });
    server = listening;
    await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
    const { port } = listening.address() as AddressInfo;
    return {
      docker: new Docker({ host: "127.0.0.1", port, protocol: "http" }) as unknown as DockerClient,
      asked,
    };
  }

  it("asks nothing more than a ping of an engine that tells its versions there", async () => {
    const { docker, asked } = await engine(
      { server: "Docker/28.2.2 (linux)", "api-version": "1.50" },
      {},
    );
    expect(await greet(docker, {})).toEqual({ version: "28.2.2", apiVersion: "1.50" });
    expect(asked).toEqual(["/_ping"]);
  });

  it.each([
    ["headers that a proxy changed", { server: "proxy" }],
    [
      "an engine newer than the adapter",
      { server: "Docker/40.0.0 (linux)", "api-version": "1.99" },
    ],
  ])("asks for the version with %s", async (_what, headers) => {
    const { docker, asked } = await engine(headers, {
      Version: "40.0.0",
      ApiVersion: "1.99",
      MinAPIVersion: "1.60",
    });
    expect(await greet(docker, {})).toEqual({
      version: "40.0.0",
      apiVersion: "1.99",
      oldestApi: "1.60",
    });
    expect(asked).toEqual(["/_ping", "/version"]);
  });

  it("refuses what is not a Docker engine", async () => {
    const { docker } = await engine({}, {});
    await expect(greet(docker, {})).rejects.toThrow("not a Docker engine");
  });
});
