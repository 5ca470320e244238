import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { K3dError, RuntimeOptions } from "@k3d/core/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { endpointUrl, remoteHostOf } from "./endpoint.js";
import { parseHost } from "./host.js";
import { engineNamedBy, resolveEndpoint } from "./resolve.js";

const pem = (what: string): string => `-----BEGIN ${what}-----`;

describe("parseHost", () => {
  it.each([
    ["unix:///run/docker.sock", { kind: "socket", path: "/run/docker.sock" }],
    ["unix://", { kind: "socket", path: "/var/run/docker.sock" }],
    ["npipe:////./pipe/docker_engine", { kind: "socket", path: "//./pipe/docker_engine" }],
    ["npipe://", { kind: "socket", path: "//./pipe/docker_engine" }],
    [
      String.raw`npipe://\\.\pipe\docker_engine`,
      { kind: "socket", path: String.raw`\\.\pipe\docker_engine` },
    ],
    ["UNIX:///run/docker.sock", { kind: "socket", path: "/run/docker.sock" }],
    [" tcp://engine/ ", { kind: "tcp", host: "engine", port: 2375 }],
    ["tcp://", { kind: "tcp", host: "localhost", port: 2375 }],
    ["tcp://Engine:", { kind: "tcp", host: "engine", port: 2375 }],
    ["tcp://engine", { kind: "tcp", host: "engine", port: 2375 }],
    ["tcp://[::1]:2380", { kind: "tcp", host: "::1", port: 2380 }],
    ["engine:4243", { kind: "tcp", host: "engine", port: 4243 }],
    ["https://engine", { kind: "tcp", host: "engine", port: 2376, tls: { verify: true } }],
    ["ssh://me@engine:2222", { kind: "ssh", host: "engine", port: 2222, username: "me" }],
    ["ssh://engine", { kind: "ssh", host: "engine" }],
    ["ssh://engine/", { kind: "ssh", host: "engine" }],
    ["ssh://[fd00::1]", { kind: "ssh", host: "fd00::1" }],
    ["ssh://me@[fd00::1]:2222/", { kind: "ssh", host: "fd00::1", port: 2222, username: "me" }],
    ["ssh://me@corp@engine", { kind: "ssh", host: "engine", username: "me@corp" }],
    ["ssh://corp%5Cme@engine", { kind: "ssh", host: "engine", username: String.raw`corp\me` }],
    ["ssh://50%@engine", { kind: "ssh", host: "engine", username: "50%" }],
    ["ssh://build_box", { kind: "ssh", host: "build_box" }],
    [
      "ssh://engine/a%20place/docker.sock",
      { kind: "ssh", host: "engine", socketPath: "/a place/docker.sock" },
    ],
    [
      "ssh://engine/run/user/1000/docker.sock",
      { kind: "ssh", host: "engine", socketPath: "/run/user/1000/docker.sock" },
    ],
  ])("%s", (host, expected) => {
    expect(parseHost(host, "test")).toEqual({ ...expected, source: "test" });
  });

  it("uses the TLS port when TLS files are given", () => {
    expect(parseHost("tcp://engine", "test", { verify: true })).toMatchObject({
      port: 2376,
      tls: { verify: true },
    });
  });

  it.each([
    ["gopher://engine", "Use unix:///"],
    ["fd://", "Use unix:///"],
    ["ssh://", "Use unix:///"],
    ["ssh:///run/docker.sock", "Use unix:///"],
    ["tcp://engine:port", "Use unix:///"],
    ["tcp://engine:99999", "Use unix:///"],
    ["tcp://:2375", "Use unix:///"],
    ["tcp://[fd00::1", "Use unix:///"],
    ["tcp://engine:2375/path", "Use unix:///"],
    ["tcp://me@engine", "Use unix:///"],
    ["ssh://engine?a=b", "Use unix:///"],
    ["ssh://engine#a", "Use unix:///"],
    [" ", "Use unix:///"],
    ["://", "Use unix:///"],
    ["/run/docker.sock", "write unix:///run/docker.sock."],
    ["unix:/run/docker.sock", "write unix:///run/docker.sock."],
    ["./docker.sock", "write unix://./docker.sock."],
    [String.raw`npipe:\\.\pipe\docker`, String.raw`write npipe://\\.\pipe\docker.`],
    ["ssh://me:secret@engine", "Leave the password out"],
    ["tcp://me:secret@engine", "Leave the password out"],
    ["gopher://me:secret@engine", "Leave the password out"],
  ])("%s is not an address", (host, hint) => {
    const error = refused(host);
    expect(error).toMatchObject({ code: "INVALID_INPUT", hint: expect.stringContaining(hint) });
    expect(JSON.stringify([error.message, error.hint, error.cause])).not.toContain("secret");
  });

  function refused(host: string): K3dError {
    try {
      parseHost(host, "test");
    } catch (error) {
      return error as K3dError;
    }
    throw new Error(`${host} was taken`);
  }
});

describe("endpointUrl and remoteHostOf", () => {
  it.each([
    ["unix:///run/docker.sock", "unix:///run/docker.sock", undefined],
    ["tcp://127.0.0.1:2375", "tcp://127.0.0.1:2375", undefined],
    ["tcp://localhost:2375", "tcp://localhost:2375", undefined],
    ["tcp://[::1]:2375", "tcp://[::1]:2375", undefined],
    ["tcp://LOCALHOST:2375", "tcp://localhost:2375", undefined],
    ["tcp://0.0.0.0:2375", "tcp://0.0.0.0:2375", undefined],
    ["tcp://[fd00::1]", "tcp://[fd00::1]:2375", "fd00::1"],
    ["ssh://me@[fd00::1]", "ssh://[fd00::1]", "fd00::1"],
    ["unix://run/docker.sock", "unix://run/docker.sock", undefined],
    [String.raw`npipe://\\.\pipe\docker`, "npipe:////./pipe/docker", undefined],
    ["tcp://10.0.0.5:2375", "tcp://10.0.0.5:2375", "10.0.0.5"],
    ["ssh://me@engine:22", "ssh://engine:22", "engine"],
  ])("%s", (host, url, remote) => {
    const endpoint = parseHost(host, "test");
    expect(endpointUrl(endpoint)).toBe(url);
    expect(remoteHostOf(endpoint)).toBe(remote);
  });
});

describe("resolveEndpoint", () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "k3d-endpoint-"));
  });
  afterEach(() => rm(home, { recursive: true }));

  const options = (env: Record<string, string> = {}): RuntimeOptions => ({
    env,
    homeDir: home,
    platform: "linux",
    uid: 1000,
  });

  async function addContext(name: string, endpoint: object, tls = false): Promise<void> {
    const hash = createHash("sha256").update(name).digest("hex");
    const meta = join(home, ".docker", "contexts", "meta", hash);
    await mkdir(meta, { recursive: true });
    await writeFile(
      join(meta, "meta.json"),
      JSON.stringify({ Name: name, Endpoints: { docker: endpoint } }),
    );
    if (!tls) return;
    const files = join(home, ".docker", "contexts", "tls", hash, "docker");
    await mkdir(files, { recursive: true });
    await writeFile(join(files, "ca.pem"), pem("authority"));
  }

  async function configure(config: object): Promise<void> {
    await mkdir(join(home, ".docker"), { recursive: true });
    await writeFile(join(home, ".docker", "config.json"), JSON.stringify(config));
  }

  it("prefers DOCKER_HOST, then DOCKER_SOCK, then DOCKER_CONTEXT, then the current context", async () => {
    await addContext("current", { Host: "tcp://current:1" });
    await addContext("named", { Host: "tcp://named:1" });
    await configure({ currentContext: "current" });
    const env = { DOCKER_HOST: "tcp://host:1", DOCKER_SOCK: "/run/sock", DOCKER_CONTEXT: "named" };
    expect(await resolveEndpoint(options(env))).toMatchObject({
      host: "host",
      source: "DOCKER_HOST",
    });
    expect(await resolveEndpoint(options({ ...env, DOCKER_HOST: "" }))).toMatchObject({
      path: "/run/sock",
      source: "DOCKER_SOCK",
    });
    expect(await resolveEndpoint(options({ DOCKER_CONTEXT: "named" }))).toMatchObject({
      host: "named",
    });
    expect(await resolveEndpoint(options())).toMatchObject({
      host: "current",
      source: "docker context 'current'",
    });
    expect(await resolveEndpoint(options({ DOCKER_CONTEXT: "default" }))).toMatchObject({
      kind: "socket",
    });
  });

  it("reads a context's certificates", async () => {
    await addContext("secure", { Host: "tcp://secure:2376", SkipTLSVerify: true }, true);
    expect(await resolveEndpoint(options({ DOCKER_CONTEXT: "secure" }))).toMatchObject({
      kind: "tcp",
      tls: { ca: Buffer.from(pem("authority")), verify: false },
    });
    await addContext("any", { Host: "tcp://any", SkipTLSVerify: true });
    expect(await resolveEndpoint(options({ DOCKER_CONTEXT: "any" }))).toMatchObject({
      port: 2376,
      tls: { verify: false },
    });
  });

  it.each([
    ["{", "is damaged"],
    ["null", "names no engine"],
    ["[]", "names no engine"],
    ['{"Endpoints":null}', "names no engine"],
    ['{"Endpoints":{"docker":null}}', "names no engine"],
    ['{"Endpoints":{"docker":{"Host":5}}}', "names no engine"],
    ['{"Endpoints":{"kubernetes":{"Host":"https://a"}}}', "names no engine"],
  ])("refuses a context that says %s", async (text, why) => {
    const hash = createHash("sha256").update("broken").digest("hex");
    const meta = join(home, ".docker", "contexts", "meta", hash);
    await mkdir(meta, { recursive: true });
    await writeFile(join(meta, "meta.json"), text);
    await expect(resolveEndpoint(options({ DOCKER_CONTEXT: "broken" }))).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringContaining(why),
    });
  });

  it("reads certificates for DOCKER_HOST", async () => {
    await writeFile(join(home, "cert.pem"), pem("certificate"));
    await writeFile(join(home, "key.pem"), pem("key"));
    const endpoint = await resolveEndpoint(
      options({ DOCKER_HOST: "tcp://engine", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: home }),
    );
    expect(endpoint).toEqual({
      kind: "tcp",
      host: "engine",
      port: 2376,
      tls: { cert: Buffer.from(pem("certificate")), key: Buffer.from(pem("key")), verify: true },
      source: "DOCKER_HOST",
    });
  });

  it("refuses certificates that are not there, not whole or cannot be read", async () => {
    const of = (path: string) =>
      resolveEndpoint(
        options({ DOCKER_HOST: "tcp://engine", DOCKER_TLS: "1", DOCKER_CERT_PATH: path }),
      );
    const refuses = (path: string, message: string) =>
      expect(of(path)).rejects.toMatchObject({
        code: "INVALID_CONFIG",
        message: expect.stringContaining(message),
      });
    await refuses(join(home, "none"), "which has no certificates");
    await writeFile(join(home, "key.pem"), pem("key"));
    await refuses(home, "has key.pem, but no cert.pem");
    await writeFile(join(home, "cert.pem"), "certificate");
    await refuses(home, "cert.pem is not in PEM format");
    await mkdir(join(home, "ca.pem"));
    await refuses(home, "ca.pem cannot be read");
  });

  it("finds a rootless engine's socket where there is no other", async () => {
    const runtimeDir = join(home, "run");
    await mkdir(runtimeDir);
    await writeFile(join(runtimeDir, "docker.sock"), "");
    const endpoint = await resolveEndpoint(options({ XDG_RUNTIME_DIR: runtimeDir }));
    expect(endpoint).toMatchObject({ kind: "socket", source: "the default socket" });
    expect(["/var/run/docker.sock", join(runtimeDir, "docker.sock")]).toContain(
      (endpoint as { path: string }).path,
    );
  });

  it("names the context that was meant", async () => {
    const meta = join(home, ".docker", "contexts", "meta");
    for (const [hash, text] of [
      ["a", JSON.stringify({ Name: "build-host" })],
      ["b", "{"],
      ["c", "null"],
    ] as const) {
      await mkdir(join(meta, hash), { recursive: true });
      await writeFile(join(meta, hash, "meta.json"), text);
    }
    await expect(resolveEndpoint(options({ DOCKER_CONTEXT: "biuld-host" }))).rejects.toMatchObject({
      hint: expect.stringContaining("Did you mean 'build-host'?"),
    });
  });

  it("names a context that is not there, and a configuration that cannot be read", async () => {
    await expect(resolveEndpoint(options({ DOCKER_CONTEXT: "none" }))).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining("no docker context 'none'"),
      hint: expect.stringMatching(/^See `docker context ls`/),
    });
    await expect(resolveEndpoint(options({ DOCKER_CONTEXT: "defualt" }))).rejects.toMatchObject({
      hint: expect.stringContaining("Did you mean 'default'?"),
    });
    await mkdir(join(home, ".docker"));
    await writeFile(join(home, ".docker", "config.json"), "{");
    await expect(resolveEndpoint(options())).rejects.toMatchObject({ code: "INVALID_CONFIG" });
  });
});

describe("what names the engine", () => {
  let home: string;
  beforeEach(async () => void (home = await mkdtemp(join(tmpdir(), "k3d-named-"))));
  afterEach(() => rm(home, { recursive: true }));
  const named = (env: Record<string, string> = {}) =>
    engineNamedBy({ env, homeDir: home, platform: "linux" });
  const write = async (config: string): Promise<void> => {
    await mkdir(join(home, ".docker"));
    await writeFile(join(home, ".docker", "config.json"), config);
  };

  it.each([
    [{}, undefined],
    [{ DOCKER_HOST: "tcp://x" }, "DOCKER_HOST"],
    [{ DOCKER_SOCK: "/x" }, "DOCKER_SOCK"],
    [{ DOCKER_CONTEXT: "far" }, "DOCKER_CONTEXT"],
    [{ DOCKER_CONTEXT: "default" }, undefined],
    [{ DOCKER_HOST: "" }, undefined],
  ])("with %j: %s", async (env, wanted) => {
    expect(await named(env as Record<string, string>)).toBe(wanted);
  });

  it.each([
    ['{"currentContext":"far"}', "Docker's config.json"],
    ['{"currentContext":"default"}', undefined],
    ["{}", undefined],
    ["{", "Docker's config.json"],
    ["null", "Docker's config.json"],
  ])("with a config.json %s: %s", async (config, wanted) => {
    await write(config);
    expect(await named()).toBe(wanted);
  });

  it("and a broken config.json or a missing context is an error", async () => {
    await write("[]");
    const options = { env: {}, homeDir: home, platform: "linux" as const };
    await expect(resolveEndpoint(options)).rejects.toMatchObject({ code: "INVALID_CONFIG" });
    const env = { DOCKER_CONTEXT: "far" };
    await expect(resolveEndpoint({ ...options, env })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
