import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import type { ContainerRuntime, RuntimeOptions } from "@k3d/core/runtime";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { makeCertificates } from "../../../test/engine/tls/certificates.ts";
import factory from "../src/index.js";
import { plainRelay, sshRelay, tlsRelay, type Relay, type SshRelay } from "./support/relays.js";

const SOCKET = "/var/run/docker.sock";
const BUSYBOX = "k3d.local/busybox:dev";
const USER = "remote";

let dir: string;
let home: string;
let plain: Relay;
let tls: Relay;
let ssh: SshRelay;

function optionsFor(env: Record<string, string>): RuntimeOptions {
  return { env, homeDir: home, platform: "linux", uid: 0 };
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "k3d-transports-"));
  home = join(dir, "home");
  await mkdir(join(home, ".ssh"), { recursive: true });
  await makeCertificates(dir);
  [plain, tls, ssh] = await Promise.all([
    plainRelay(SOCKET),
    tlsRelay(SOCKET, dir),
    sshRelay(SOCKET, USER),
  ]);
  await writeFile(join(home, ".ssh", "id_ed25519"), ssh.privateKey, { mode: 0o600 });
  await writeFile(join(home, ".ssh", "known_hosts"), `${ssh.knownHost}\n`);
});

afterAll(async () => {
  await Promise.all([plain.close(), tls.close(), ssh.close()]);
  await rm(dir, { recursive: true });
});

/** A container's whole life, with a stream in each direction. */
async function exercise(runtime: ContainerRuntime): Promise<void> {
  const name = `k3d-transport-${process.pid}-${Date.now()}`;
  await runtime.containers.create({
    name,
    image: BUSYBOX,
    process: { args: ["sh", "-c", "echo hello; trap 'exit 0' TERM; sleep 86400 & wait"], env: [] },
    mounts: [],
    labels: { "k3d.conformance": "transports" },
    linux: {},
    networks: [],
    ports: [],
  });
  try {
    await runtime.containers.start(name);
    for await (const { line } of runtime.containers.logs(name, { follow: true })) {
      expect(line).toBe("hello");
      break;
    }
    const input = Buffer.alloc(3 * 1024 * 1024, "k3d");
    const command = await runtime.containers.exec(name, {
      args: ["sha256sum"],
      stdin: Readable.from([input]),
    });
    const [sum, , exitCode] = await Promise.all([
      text(command.stdout),
      text(command.stderr),
      command.exitCode,
    ]);
    expect(sum).toContain(createHash("sha256").update(input).digest("hex"));
    expect(exitCode).toBe(0);
    const archive = await buffer(await runtime.images.save([BUSYBOX]));
    expect(archive.length).toBeGreaterThan(1_000_000);
    const statuses = await Promise.all(
      Array.from({ length: 20 }, () => runtime.containers.inspect(name)),
    );
    expect(statuses.every(({ status }) => status === "running")).toBe(true);
  } finally {
    await runtime.containers.remove(name, { force: true });
  }
}

async function exerciseWith(env: Record<string, string>): Promise<void> {
  const runtime = await factory.create(optionsFor(env));
  try {
    await exercise(runtime);
  } finally {
    await runtime.close();
  }
}

describe("the environment of this process", () => {
  it("counts for nothing beside the one given", async () => {
    vi.stubEnv("DOCKER_HOST", "tcp://127.0.0.1:1");
    vi.stubEnv("DOCKER_TLS_VERIFY", "1");
    try {
      await exerciseWith({});
      await exerciseWith({ DOCKER_HOST: `tcp://127.0.0.1:${plain.port}` });
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe("tcp", () => {
  it("works, and counts as this machine on a loopback address", async () => {
    const env = { DOCKER_HOST: `tcp://127.0.0.1:${plain.port}` };
    await exerciseWith(env);
    const runtime = await factory.create(optionsFor(env));
    const info = await runtime.info();
    expect(info.remoteHost).toBeUndefined();
    expect(info.endpoint).toBe(env.DOCKER_HOST);
    expect((await runtime.capabilities).localBindMounts).toBe(true);
    await runtime.close();
  });

  it("works through a docker context", async () => {
    const name = "conformance";
    const hash = createHash("sha256").update(name).digest("hex");
    const config = join(dir, "config");
    await mkdir(join(config, "contexts", "meta", hash), { recursive: true });
    await writeFile(join(config, "config.json"), JSON.stringify({ currentContext: name }));
    await writeFile(
      join(config, "contexts", "meta", hash, "meta.json"),
      JSON.stringify({
        Name: name,
        Endpoints: { docker: { Host: `tcp://127.0.0.1:${plain.port}` } },
      }),
    );
    const detection = await factory.detect(optionsFor({ DOCKER_CONFIG: config }));
    expect(detection).toMatchObject({ available: true, endpoint: `tcp://127.0.0.1:${plain.port}` });
    expect(detection.reason).toContain("docker context 'conformance'");
  });
});

describe("tcp with TLS", () => {
  it("works with the certificates of DOCKER_CERT_PATH", () =>
    exerciseWith({
      DOCKER_HOST: `tcp://localhost:${tls.port}`,
      DOCKER_TLS_VERIFY: "1",
      DOCKER_CERT_PATH: dir,
    }));

  it("refuses a server whose certificate no known authority signed", async () => {
    const other = join(dir, "other");
    await mkdir(other);
    await makeCertificates(other);
    const env = {
      DOCKER_HOST: `tcp://localhost:${tls.port}`,
      DOCKER_TLS_VERIFY: "1",
      DOCKER_CERT_PATH: other,
    };
    await expect(factory.create(optionsFor(env))).rejects.toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
    });
  });

  it("says that the server expects TLS", async () => {
    const detection = await factory.detect(
      optionsFor({ DOCKER_HOST: `tcp://localhost:${tls.port}` }),
    );
    expect(detection.available).toBe(false);
  });
});

describe("ssh", () => {
  const url = (): string => `ssh://${USER}@127.0.0.1:${ssh.port}`;

  it("works over few connections and tells no user name", async () => {
    const before = ssh.connections();
    await exerciseWith({ DOCKER_HOST: url() });
    expect(ssh.connections() - before).toBeLessThanOrEqual(3);
    const runtime = await factory.create(optionsFor({ DOCKER_HOST: url() }));
    expect((await runtime.info()).endpoint).toBe(`ssh://127.0.0.1:${ssh.port}`);
    await runtime.close();
  });

  it("dials what listens on the far side's loopback", async () => {
    const listener = createServer((socket) => socket.end("from over there"));
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    const address = { host: "127.0.0.1", port: (listener.address() as AddressInfo).port };
    const runtime = await factory.create(optionsFor({ DOCKER_HOST: url() }));
    try {
      const before = ssh.dialled.length;
      const connection = await runtime.dial?.(address);
      expect(connection && (await text(connection))).toBe("from over there");
      expect(ssh.dialled.slice(before)).toEqual([address.port]);
      listener.close();
      await expect(runtime.dial?.(address)).rejects.toMatchObject({ code: "REMOTE_UNAVAILABLE" });
    } finally {
      await runtime.close();
    }
  });

  it("reads alias, port, user and key from ~/.ssh/config", async () => {
    const other = join(dir, "aliased");
    await mkdir(join(other, ".ssh"), { recursive: true });
    await writeFile(join(other, ".ssh", "known_hosts"), ssh.knownHost);
    await writeFile(
      join(other, ".ssh", "config"),
      `Host engine\n  HostName 127.0.0.1\n  Port ${ssh.port}\n  User ${USER}\n  IdentityFile ${join(home, ".ssh", "id_ed25519")}\n`,
    );
    const runtime = await factory.create({
      ...optionsFor({ DOCKER_HOST: "ssh://engine" }),
      homeDir: other,
    });
    // The alias stands for a loopback address.
    expect((await runtime.info()).remoteHost).toBeUndefined();
    expect((await runtime.capabilities).localBindMounts).toBe(true);
    await runtime.close();
  });

  it("names a socket on the far side", async () => {
    const runtime = await factory.create(
      optionsFor({ DOCKER_HOST: `${url()}/run/user/1000/docker.sock` }),
    );
    await runtime.close();
    expect(ssh.commands.at(-1)).toBe(
      "docker --host 'unix:///run/user/1000/docker.sock' system dial-stdio",
    );
  });

  it("refuses a host whose key is not known, or another", async () => {
    const stranger = join(dir, "stranger");
    await mkdir(join(stranger, ".ssh"), { recursive: true });
    await writeFile(join(stranger, ".ssh", "id_ed25519"), ssh.privateKey, { mode: 0o600 });
    const attempt = (): Promise<ContainerRuntime> =>
      factory.create({ ...optionsFor({ DOCKER_HOST: url() }), homeDir: stranger });
    await expect(attempt()).rejects.toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
      message: expect.stringContaining("host key is not known"),
    });
    const another = await sshRelay(SOCKET, USER);
    await writeFile(
      join(stranger, ".ssh", "known_hosts"),
      another.knownHost.replace(`:${another.port}`, `:${ssh.port}`),
    );
    await another.close();
    await expect(attempt()).rejects.toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
      message: expect.stringContaining("differs from the known one"),
    });
  });

  it("says which key to load when the host accepts none", async () => {
    const keyless = join(dir, "keyless");
    await mkdir(join(keyless, ".ssh"), { recursive: true });
    await writeFile(join(keyless, ".ssh", "known_hosts"), ssh.knownHost);
    await expect(
      factory.create({ ...optionsFor({ DOCKER_HOST: url() }), homeDir: keyless }),
    ).rejects.toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
      hint: expect.stringContaining("ssh-add"),
    });
  });
});
