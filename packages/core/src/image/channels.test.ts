import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { K3dError } from "../errors/index.js";
import { channelImage, listReleaseChannels, releaseChannel, releaseImage } from "./channels.js";
import { parseImageReference } from "./reference.js";

it.each([
  ["latest", "latest"],
  ["stable", "stable"],
  ["+v1.31", "v1.31"],
  ["+stable", "stable"],
  ["rancher/k3s:latest", undefined],
  ["docker.io/rancher/k3s:v1.36.4-k3s1", undefined],
])("the channel of %s is %s", (image, channel) => {
  expect(releaseChannel(image)).toBe(channel);
});

it("makes an image reference of any version", () => {
  const part = fc.nat({ max: 99 });
  fc.assert(
    fc.property(part, part, part, fc.boolean(), (minor, patch, build, candidate) => {
      const version = `v1.${minor}.${patch}${candidate ? "-rc1" : ""}+k3s${build}`;
      expect(parseImageReference(releaseImage(version))).toMatchObject({
        tag: version.replace("+", "-"),
      });
    }),
  );
});

/** A channel service on this machine. */
let server: Server;
let service: string;
let seen: string[];
const release = "https://github.com/k3s-io/k3s/releases/tag";
const list = {
  data: [
    { name: "stable", latest: "v1.36.4+k3s1" },
    { name: "v1.31", latest: "v1.31.5+k3s1" },
    { name: "empty", latest: "" },
    null,
  ],
};
const answers: Record<string, [number, Record<string, string>, string?]> = {
  "/": [200, {}, JSON.stringify(list)],
  "/wrong/": [200, {}, "<html>"],
  "/none/": [200, {}, "{}"],
  "/stable": [302, { location: `${release}/v1.36.4%2Bk3s1` }],
  "/v1.31": [302, { location: `${release}/v1.31.5+k3s1` }],
  "/odd": [302, { location: `${release}/nightly` }],
  "/escape": [302, { location: `${release}/v1.0.0%zz` }],
  "/relative": [302, { location: "/v1.0.0" }],
  "/plain": [200, {}],
  "/broken": [500, {}],
};

beforeEach(async () => {
  seen = [];
  server = createServer((request, response) => {
    const path = request.url ?? "";
    seen.push(path);
    const [status, headers, body] = answers[path] ?? answers[`${path}/`] ?? [404, {}];
    if (path !== "/silent") response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  service = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe("channelImage", () => {
  const ask = (channel: string, options: { signal?: AbortSignal; timeLimitMs?: number } = {}) =>
    channelImage(channel, { fetch, service: `${service}/`, ...options });

  it.each([
    ["stable", "docker.io/rancher/k3s:v1.36.4-k3s1"],
    ["v1.31", "docker.io/rancher/k3s:v1.31.5-k3s1"],
  ])("finds the newest release of %s without following the redirection", async (channel, image) => {
    expect(await ask(channel)).toBe(image);
    expect(seen).toEqual([`/${channel}`]);
  });

  it("refuses an unknown channel, and asks for nothing else than one", async () => {
    await expect(ask("v0.1")).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: 'k3s has no release channel "v0.1"',
    });
    await expect(ask("../../secret")).rejects.toMatchObject({ code: "INVALID_INPUT" });
    expect(seen).toEqual(["/v0.1", "/..%2F..%2Fsecret"]);
  });

  it.each(["odd", "escape", "relative", "plain", "broken"])(
    "does not guess from the answer for %s",
    async (channel) => {
      await expect(ask(channel)).rejects.toMatchObject({ code: "REMOTE_UNAVAILABLE" });
    },
  );

  it("tells when the service cannot be reached, and what to do", async () => {
    server.close();
    await expect(ask("stable")).rejects.toMatchObject({
      code: "REMOTE_UNAVAILABLE",
      message: expect.stringContaining("ECONNREFUSED") as string,
      hint: expect.stringContaining("--image") as string,
    });
  });

  it("waits for a silent service no longer than its limit", async () => {
    await expect(ask("silent", { timeLimitMs: 50 })).rejects.toMatchObject({
      code: "REMOTE_UNAVAILABLE",
      message: `The release channel "silent" cannot be read from ${service}/silent: no answer within 0.05 s`,
    });
  });

  it("stops when it is interrupted", async () => {
    const controller = new AbortController();
    const asked = ask("silent", { signal: controller.signal });
    controller.abort(new K3dError("ABORTED", "Interrupted"));
    await expect(asked).rejects.toMatchObject({ code: "ABORTED" });
  });
});

describe("listReleaseChannels", () => {
  it("tells channels with their newest release", async () => {
    expect(await listReleaseChannels({ fetch, service })).toEqual([
      { name: "stable", version: "v1.36.4+k3s1", image: "docker.io/rancher/k3s:v1.36.4-k3s1" },
      { name: "v1.31", version: "v1.31.5+k3s1", image: "docker.io/rancher/k3s:v1.31.5-k3s1" },
    ]);
  });

  it.each(["/wrong", "/none", "/missing"])("refuses the answer of %s", async (path) => {
    await expect(listReleaseChannels({ fetch, service: service + path })).rejects.toMatchObject({
      code: "REMOTE_UNAVAILABLE",
    });
  });
});
