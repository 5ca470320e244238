import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { runCommand } from "../../testing/run-command.js";
import VersionList from "./list.js";

let service: Server;
beforeEach(async () => {
  const data = [
    { name: "stable", latest: "v1.36.4+k3s1" },
    { name: "v1.36", latest: "v1.36.4+k3s1" },
    { name: "v1.31", latest: "v1.31.5+k3s1" },
  ];
  service = createServer((_request, response) => response.end(JSON.stringify({ data })));
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  const { port } = service.address() as AddressInfo;
  vi.stubEnv("K3D_CHANNEL_SERVER", `http://127.0.0.1:${port}/v1-release/channels`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  service.closeAllConnections();
  service.close();
});

it("lists the channels of k3s, without an engine", async () => {
  const { stdout, connections } = await runCommand(VersionList, []);
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
  [["k3s", "--no-headers"], /^stable +v1\.36\.4\+k3s1 +docker\.io\/rancher\/k3s:v1\.36\.4-k3s1\n/],
  [["k3s", "--format", "raw"], /^v1\.36\.4-k3s1\nv1\.31\.5-k3s1\n$/],
  [["k3s", "--format", "repo"], /^docker\.io\/rancher\/k3s:v1\.36\.4-k3s1\ndocker.*\n$/],
  [["k3s", "-o", "json"], /^\[\n {2}\{\n {4}"name": "stable",\n {4}"version": "v1\.36\.4\+k3s1",/],
])("prints %j for scripts", async (argv, expected) => {
  expect((await runCommand(VersionList, argv)).stdout).toMatch(expected);
});

it("says what stands in for other components", async () => {
  const { exitCode, stderr } = await runCommand(VersionList, ["k3d-proxy"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("plain nginx image");
});

it("says when the service is away", async () => {
  service.close();
  const { exitCode, stderr } = await runCommand(VersionList, ["k3s"]);
  expect(exitCode).toBe(6);
  expect(stderr).toMatch(/release channels cannot be asked at .*ECONNREFUSED/);
});
