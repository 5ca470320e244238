import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { runCommand } from "@k3d/plugin-kit/testing";
import VersionList from "./list.js";

let service: Server;
beforeEach(async () => {
  const data = [
    { name: "stable", latest: "v1.36.4+k3s1" },
    { name: "v1.36", latest: "v1.36.4+k3s1" },
    { name: "v1.31", latest: "v1.31.5+k3s1" },
  ];
  service = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://registry.test");
    const answer = (body: unknown, headers: Record<string, string> = {}) =>
      response.writeHead(200, headers).end(JSON.stringify(body));
    if (pathname === "/token") return answer({ token: `for ${searchParams.get("scope")}` });
    if (!pathname.startsWith("/v2/")) return answer({ data });
    if (request.headers.authorization !== "Bearer for pull") {
      const realm = `http://${request.headers.host}/token`;
      return response
        .writeHead(401, { "www-authenticate": `Bearer realm="${realm}",scope="pull"` })
        .end();
    }
    if (searchParams.has("last")) return answer({ tags: ["v1.36.4-k3s1", "sha-1a2b"] });
    return answer(
      { tags: ["v1.9.1-k3s1", "v1.36.4-rc1-k3s1", "v1.36.4-k3s1-arm64", "v1.36.10-k3s1"] },
      { link: `<${pathname}?last=x>; rel="next"` },
    );
  });
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  const { port } = service.address() as AddressInfo;
  vi.stubEnv("K3D_VERSIONS_REGISTRY", `http://127.0.0.1:${port}`);
  vi.stubEnv("K3D_CHANNEL_SERVER", `http://127.0.0.1:${port}/v1-release/channels`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  service.closeAllConnections();
  service.close();
});

it("lists the channels of k3s, without an engine", async () => {
  const { stdout, connections } = await runCommand(VersionList, ["channels"]);
  expect(stdout).toMatchInlineSnapshot(`
    "CHANNEL   VERSION        IMAGE
    stable    v1.36.4+k3s1   docker.io/rancher/k3s:v1.36.4-k3s1
    v1.36     v1.36.4+k3s1   docker.io/rancher/k3s:v1.36.4-k3s1
    v1.31     v1.31.5+k3s1   docker.io/rancher/k3s:v1.31.5-k3s1
    "
  `);
  expect(connections).toEqual([]);
});

it.each([
  [["k3s"], "v1.36.10-k3s1\nv1.36.4-k3s1\nv1.9.1-k3s1\n"],
  [[], "v1.36.10-k3s1\nv1.36.4-k3s1\nv1.9.1-k3s1\n"],
  [["k3s", "--sort", "asc", "-l", "1"], "v1.9.1-k3s1\n"],
  [["k3s", "-i", "rc", "-e", ""], "v1.36.4-rc1-k3s1\n"],
  [
    ["k3d-proxy", "-o", "repo", "-s", "off", "--limit", "1"],
    "ghcr.io/k3d-io/k3d-proxy:v1.9.1-k3s1\n",
  ],
  [["k3d-tools", "--format", "repo", "-l", "1"], "ghcr.io/k3d-io/k3d-tools:v1.36.10-k3s1\n"],
  [["k3d", "-o", "json", "-l", "1"], '[\n  "v1.36.10-k3s1"\n]\n'],
])("lists tags: %j", async (argv, expected) => {
  expect((await runCommand(VersionList, argv)).stdout).toBe(expected);
});

it("refuses what it does not know", async () => {
  expect(await runCommand(VersionList, ["k4s"])).toMatchObject({ exitCode: 2, stdout: "" });
  const { exitCode, stderr } = await runCommand(VersionList, ["k3s", "--include", "("]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("--include is not a regular expression");
});

it.each([
  ["channels", /release channels cannot be read from .*ECONNREFUSED/],
  ["k3s", /tags of rancher\/k3s cannot be listed at .*ECONNREFUSED/],
])("says when the service of %s is away", async (component, message) => {
  service.close();
  const { exitCode, stderr } = await runCommand(VersionList, [component]);
  expect(exitCode).toBe(6);
  expect(stderr).toMatch(message);
});
