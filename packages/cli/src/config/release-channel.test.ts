import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { K3dError } from "@k3d/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { channelImage, releaseChannel } from "./release-channel.js";

it.each([
  ["latest", "latest"],
  ["stable", "stable"],
  ["+v1.31", "v1.31"],
  ["+stable", "stable"],
  ["rancher/k3s:latest", undefined],
  ["docker.io/rancher/k3s:v1.33.6-k3s1", undefined],
])("the channel of %s is %s", (image, channel) => {
  expect(releaseChannel(image)).toBe(channel);
});

describe("channelImage", () => {
  let server: Server;
  let service: string;
  let seen: string[];
  const release = "https://github.com/k3s-io/k3s/releases/tag";
  const answers: Record<string, [number, Record<string, string>]> = {
    "/stable": [302, { location: `${release}/v1.33.6%2Bk3s1` }],
    "/v1.31": [302, { location: `${release}/v1.31.5+k3s1` }],
    "/odd": [302, { location: `${release}/nightly` }],
    "/plain": [200, {}],
  };

  beforeEach(async () => {
    seen = [];
    server = createServer((request, response) => {
      seen.push(request.url ?? "");
      const [status, headers] = answers[request.url ?? ""] ?? [404, {}];
      if (request.url !== "/silent") response.writeHead(status, headers).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    service = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const ask = (channel: string, signal = new AbortController().signal) =>
    channelImage(channel, { signal, service });

  it.each([
    ["stable", "docker.io/rancher/k3s:v1.33.6-k3s1"],
    ["v1.31", "docker.io/rancher/k3s:v1.31.5-k3s1"],
  ])("finds the newest release of %s without following the redirection", async (channel, image) => {
    expect(await ask(channel)).toBe(image);
    expect(seen).toEqual([`/${channel}`]);
  });

  it("refuses an unknown channel", async () => {
    await expect(ask("v0.1")).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: 'k3s has no release channel "v0.1"',
    });
  });

  it.each(["odd", "plain"])("does not guess from the answer for %s", async (channel) => {
    await expect(ask(channel)).rejects.toMatchObject({ code: "REMOTE_UNAVAILABLE" });
  });

  it("tells when the service cannot be reached, and what to do", async () => {
    server.close();
    await expect(ask("stable")).rejects.toMatchObject({
      code: "REMOTE_UNAVAILABLE",
      message: expect.stringContaining("ECONNREFUSED") as string,
      hint: expect.stringContaining("--image") as string,
    });
  });

  it("stops when it is interrupted", async () => {
    const controller = new AbortController();
    const asked = ask("silent", controller.signal);
    controller.abort(new K3dError("ABORTED", "Interrupted"));
    await expect(asked).rejects.toMatchObject({ code: "ABORTED" });
  });
});
