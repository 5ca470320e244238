import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CreateFlagValues } from "./create.js";
import { createRequest } from "./request.js";

const DEFAULTS: CreateFlagValues = {
  port: "random",
  "enforce-port-match": false,
  image: undefined,
  volume: undefined,
  "default-network": undefined,
  "delete-enabled": false,
  wait: true,
  timeout: undefined,
  "proxy-remote-url": undefined,
  "proxy-username": undefined,
  "proxy-password": undefined,
  "proxy-password-stdin": false,
  username: undefined,
  "password-stdin": false,
  htpasswd: undefined,
  tls: false,
  "tls-cert": undefined,
  "tls-key": undefined,
  "tls-ca": undefined,
};

const request = (flags: Partial<CreateFlagValues>) =>
  createRequest("dev", { ...DEFAULTS, ...flags });

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-request-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

describe("createRequest", () => {
  it("asks for a plain registry without flags", async () => {
    expect(await request({})).toEqual({
      name: "dev",
      deleteEnabled: false,
      enforcePortMatch: false,
      mounts: [],
      proxies: [],
      wait: true,
    });
  });

  it("carries port, image, network, time limit and volumes", async () => {
    const flags = {
      port: "127.0.0.1:5000",
      image: "registry:3",
      "default-network": "net",
      timeout: 1000,
      volume: ["images:/var/lib/registry", "./data:/data:ro"],
    };
    expect(await request(flags)).toMatchObject({
      hostIp: "127.0.0.1",
      hostPort: 5000,
      image: "registry:3",
      network: "net",
      timeoutMs: 1000,
      mounts: [
        { type: "volume", source: "images", destination: "/var/lib/registry" },
        {
          type: "bind",
          source: join(process.cwd(), "data"),
          destination: "/data",
          options: ["ro"],
        },
      ],
    });
  });

  it("gives each upstream its own credentials, in their order", async () => {
    const { proxies } = await request({
      "proxy-remote-url": ["https://docker.io", "https://ghcr.io", "https://quay.io"],
      "proxy-username": ["me", "", "you"],
      "proxy-password": ["one", "two"],
    });
    expect(proxies).toEqual([
      { remoteUrl: "https://registry-1.docker.io", username: "me", password: "one" },
      { remoteUrl: "https://ghcr.io" },
      { remoteUrl: "https://quay.io", username: "you", password: "two" },
    ]);
  });

  it("takes passwords from the environment", async () => {
    vi.stubEnv("K3D_PROXY_PASSWORD", "at-hub");
    vi.stubEnv("K3D_REGISTRY_PASSWORD", "own");
    const flags = { "proxy-remote-url": ["https://docker.io"], "proxy-username": ["me"] };
    expect(await request({ ...flags, username: "dev" })).toMatchObject({
      auth: { username: "dev", password: "own" },
      proxies: [{ username: "me", password: "at-hub" }],
    });
  });

  it("takes empty values, as scripts with unset variables write them, for none", async () => {
    const empty = { "proxy-username": [""], "proxy-password": [""] };
    expect((await request({ ...empty, "proxy-remote-url": [""] })).proxies).toEqual([]);
    const urls = ["https://ghcr.io", "https://quay.io"];
    expect((await request({ ...empty, "proxy-remote-url": urls })).proxies).toEqual([
      { remoteUrl: "https://ghcr.io" },
      { remoteUrl: "https://quay.io" },
    ]);
  });

  it("reads the files of certificates and users", async () => {
    const paths = ["crt", "key", "ca", "users"].map((name) => join(home, name));
    await Promise.all(paths.map((path, index) => writeFile(path, `content ${index}`)));
    const [certificate, key, ca, users] = paths;
    const flags = { "tls-cert": certificate, "tls-key": key, "tls-ca": ca, htpasswd: users };
    expect(await request(flags)).toMatchObject({
      tls: { certificate: "content 0", key: "content 1", ca: "content 2" },
      htpasswd: "content 3",
    });
    expect(await request({ tls: true })).toMatchObject({ tls: "self-signed" });
  });

  it.each<[string, Partial<CreateFlagValues>, string, RegExp]>([
    ["a user without an upstream", { "proxy-username": ["me"] }, "CONFLICTING_OPTIONS", /upstream/],
    [
      "fewer users than upstreams",
      { "proxy-remote-url": ["https://a", "https://b"], "proxy-username": ["me"] },
      "CONFLICTING_OPTIONS",
      /2 upstreams, but 1/,
    ],
    [
      "a user without a password",
      { "proxy-remote-url": ["https://a"], "proxy-username": ["me"] },
      "INVALID_INPUT",
      /password/,
    ],
    [
      "a password too many",
      { "proxy-remote-url": ["https://a"], "proxy-password": ["x"] },
      "INVALID_INPUT",
      /password/,
    ],
    ["a file that is not there", { htpasswd: "/no/such/file" }, "NOT_FOUND", /no\/such\/file/],
    ["a bad port", { port: "x" }, "INVALID_INPUT", /x/],
  ])("refuses %s", async (_why, flags, code, message) => {
    await expect(request(flags)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });
});
