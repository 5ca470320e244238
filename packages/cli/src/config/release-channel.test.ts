import { createServer, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { newestInChannel, releaseChannels } from "./release-channel.js";

const { signal } = new AbortController();
const servers: Server[] = [];

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A channel service with one channel. */
const channelService = (): Promise<string> =>
  listen(
    createServer((request, response) => {
      if (request.url === "/") {
        response.end(JSON.stringify({ data: [{ name: "stable", latest: "v1.36.4+k3s1" }] }));
      } else {
        response.writeHead(302, { location: "https://example.org/tag/v1.36.4%2Bk3s1" }).end();
      }
    }),
  );

beforeEach(() => {
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"]) {
    vi.stubEnv(name, undefined);
    vi.stubEnv(name.toLowerCase(), undefined);
  }
});
afterEach(() => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

it("asks the service that K3D_CHANNEL_SERVER names", async () => {
  vi.stubEnv("K3D_CHANNEL_SERVER", await channelService());
  expect(await newestInChannel("+v1.36", signal)).toBe("docker.io/rancher/k3s:v1.36.4-k3s1");
  expect(await releaseChannels(signal)).toEqual([
    { name: "stable", version: "v1.36.4+k3s1", image: "docker.io/rancher/k3s:v1.36.4-k3s1" },
  ]);
});

it("asks nobody for an image that stands for itself", async () => {
  vi.stubEnv("K3D_CHANNEL_SERVER", "http://127.0.0.1:1");
  expect(await newestInChannel("rancher/k3s:latest", signal)).toBeUndefined();
  await expect(newestInChannel("latest", signal)).rejects.toMatchObject({
    code: "REMOTE_UNAVAILABLE",
  });
});

it("goes through the proxy of the environment, and only while it asks", async () => {
  const service = await channelService();
  const target = new URL(service);
  const tunnels: string[] = [];
  const proxy = createServer();
  proxy.on("connect", (request, client, head) => {
    tunnels.push(request.url ?? "");
    const upstream = connect(Number(target.port), target.hostname, () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    client.on("error", () => upstream.destroy());
    upstream.on("error", () => client.destroy());
  });
  proxy.on("request", (request, response) => {
    tunnels.push(request.url ?? "");
    response.writeHead(302, { location: "https://example.org/tag/v1.36.4%2Bk3s1" }).end();
  });
  vi.stubEnv("HTTP_PROXY", await listen(proxy));
  vi.stubEnv("K3D_CHANNEL_SERVER", "http://channels.example");
  expect(await newestInChannel("stable", signal)).toBe("docker.io/rancher/k3s:v1.36.4-k3s1");
  expect(tunnels).toHaveLength(1);
  expect(tunnels[0]).toContain("channels.example");
  await fetch(service, { redirect: "manual" });
  expect(tunnels).toHaveLength(1);
});
