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

  /** An engine that sends these headers with every answer; notes what it is asked. */
  async function engine(
    headers: Record<string, string>,
    version: object,
    list: { status: number; body: string } = { status: 200, body: "[]" },
  ): Promise<{ docker: DockerClient; asked: string[] }> {
    const asked: string[] = [];
    const listening = createServer((request, response) => {
      asked.push(request.url ?? "");
      const { url = "" } = request;
      if (url === "/_ping") response.writeHead(200, headers).end("OK");
      else if (url.startsWith("/containers/json"))
        response.writeHead(list.status, headers).end(list.body);
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
    expect(await greet(docker, {})).toEqual({
      greeting: { version: "28.2.2", apiVersion: "1.50" },
    });
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
      greeting: { version: "40.0.0", apiVersion: "1.99", oldestApi: "1.60" },
    });
    expect(asked).toEqual(["/_ping", "/version"]);
  });

  it("refuses what is not a Docker engine", async () => {
    const { docker } = await engine({}, {});
    await expect(greet(docker, {})).rejects.toThrow("not a Docker engine");
  });

  describe("with a list that is wanted first", () => {
    const LIST = `/containers/json?all=true&filters=${encodeURIComponent('{"label":["app=k3d"]}')}`;
    const KNOWN = { server: "Docker/28.2.2 (linux)", "api-version": "1.50" };
    const greeting = { version: "28.2.2", apiVersion: "1.50" };
    const labels = { app: "k3d" };

    it("asks for that alone", async () => {
      const list = { status: 200, body: '[{"Id":"a"}]' };
      const { docker, asked } = await engine(KNOWN, {}, list);
      expect(await greet(docker, {}, labels)).toEqual({ greeting, containers: [{ Id: "a" }] });
      expect(asked).toEqual([LIST]);
    });

    it.each([403, 500])("pings where the list is answered with %d", async (status) => {
      const { docker, asked } = await engine(KNOWN, {}, { status, body: '{"message":"no"}' });
      expect(await greet(docker, {}, labels)).toEqual({ greeting });
      expect(asked).toEqual([LIST, "/_ping"]);
    });

    it.each([
      ["a proxy", { server: "proxy" }, "40.0.0"],
      ["an engine newer than the adapter", { ...KNOWN, "api-version": "1.99" }, "40.0.0"],
      ["one too old for it", { ...KNOWN, "api-version": "1.24" }, "1.12.0"],
    ])("does not read the list of %s", async (_, headers, version) => {
      const known = { Version: version, ApiVersion: "1.99", MinAPIVersion: "1.60" };
      const { docker, asked } = await engine(headers, known);
      expect(await greet(docker, {}, labels)).not.toHaveProperty("containers");
      expect(asked).toEqual([LIST, "/_ping", "/version"]);
    });

    it("fails when the list is cut or is none", async () => {
      const { docker } = await engine({ ...KNOWN, "content-length": "100" }, {});
      setTimeout(() => server?.closeAllConnections(), 100);
      await expect(greet(docker, {}, labels)).rejects.toThrow();
      server?.close();
      const other = await engine(KNOWN, {}, { status: 200, body: "<html>" });
      await expect(greet(other.docker, {}, labels)).rejects.toThrow("JSON");
    });
  });
});
