import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createAuthority, issueCertificate } from "../src/pki/certificates.ts";
import { image, sha256 } from "./support/archives.ts";
import { execOn } from "./support/commands.ts";
import { TestNode } from "./support/node.ts";
import { TestRegistry, type RegistrySettings } from "./support/registry.ts";

const timeout = 60_000;
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function registry(settings: RegistrySettings): Promise<TestRegistry> {
  const started = await new TestRegistry(settings).start();
  closing.push(() => started.close());
  return started;
}

/** A node that booted with this `registries.yaml`. */
async function nodeWith(registriesYaml: string, args: string[] = []): Promise<TestNode> {
  const node = new TestNode({ name: "node" });
  closing.push(() => node.dispose());
  const file = node.path("etc/rancher/k3s/registries.yaml");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, registriesYaml);
  node.startServer(args);
  await node.waitForLog("Containerd is now running");
  return node;
}

test(
  "crictl pulls through a mirror, with its rewrite, by tag and digest",
  { timeout },
  async () => {
    const app = await image("app");
    const mirror = await registry({ images: { "mirrored/team/app:v1": app } });
    const node = await nodeWith(
      `mirrors:\n  registry.example:\n    endpoint: ["http://${mirror.host}"]\n    rewrite:\n      "^(.*)$": "mirrored/$1"\n`,
    );
    expect(node.logs).toContain(
      "Using private registry config file at /etc/rancher/k3s/registries.yaml",
    );
    expect(
      node.read("var/lib/rancher/k3s/agent/etc/containerd/certs.d/registry.example/hosts.toml"),
    ).toContain(`[host."http://${mirror.host}/v2"]`);
    expect(await execOn(node, ["crictl", "pull", "registry.example/team/app:v1"])).toMatchObject({
      code: 0,
      stdout: `Image is up to date for ${sha256(app.config)}\n`,
    });
    expect(mirror.requests[0]).toBe("/v2/mirrored/team/app/manifests/v1");
    const listed = (await execOn(node, ["ctr", "images", "ls", "-q"])).stdout.split("\n");
    expect(listed).toEqual(
      expect.arrayContaining([
        "registry.example/team/app:v1",
        `registry.example/team/app@${app.descriptor.digest}`,
        sha256(app.config),
      ]),
    );
    expect(
      (await execOn(node, ["crictl", "pull", `registry.example/team/app@${app.descriptor.digest}`]))
        .code,
    ).toBe(0);
    const missing = await execOn(node, ["crictl", "pull", "registry.example/team/app:v2"]);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain(
      'failed to pull and unpack image \\"registry.example/team/app:v2\\"',
    );
  },
);

test("a changed hosts.toml counts at the next pull, without a restart", { timeout }, async () => {
  const mirror = await registry({ images: { "app:v1": await image("app") } });
  const node = await nodeWith(
    `mirrors:\n  registry.example:\n    endpoint: ["http://127.0.0.1:1"]\n`,
    ["--disable-default-registry-endpoint"],
  );
  const refused = await execOn(node, ["crictl", "pull", "registry.example/app:v1"]);
  expect(refused.stderr).toContain("connect: connection refused");
  writeFileSync(
    node.data("agent/etc/containerd/certs.d/registry.example/hosts.toml"),
    `[host."http://${mirror.host}"]\n  capabilities = ["pull", "resolve"]\n`,
  );
  expect((await execOn(node, ["crictl", "pull", "registry.example/app:v1"])).code).toBe(0);
});

test(
  "the second endpoint serves when the first cannot, and * stands for every registry",
  { timeout },
  async () => {
    const mirror = await registry({ images: { "library/alpine:latest": await image("alpine") } });
    const node = await nodeWith(
      `mirrors:\n  "*":\n    endpoint: ["http://127.0.0.1:1", "http://${mirror.host}"]\n`,
    );
    expect(
      node.read("var/lib/rancher/k3s/agent/etc/containerd/certs.d/_default/hosts.toml"),
    ).toContain("127.0.0.1:1");
    expect((await execOn(node, ["crictl", "pull", "alpine"])).code).toBe(0);
    expect((await execOn(node, ["crictl", "images"])).stdout).toMatch(
      /docker\.io\/library\/alpine +latest +[0-9a-f]{13} +/,
    );
  },
);

test("credentials and CA of registries.yaml are used", { timeout }, async () => {
  const authority = await createAuthority("registry-ca");
  const tls = await issueCertificate(authority, {
    commonName: "registry",
    sans: ["127.0.0.1"],
    usages: ["server"],
  });
  const secured = await registry({
    images: { "app:v1": await image("app") },
    credentials: "user:pa ss",
    tls: { certPem: tls.certPem + authority.certPem, keyPem: tls.keyPem },
  });
  const ca = `${process.env["TMPDIR"] ?? "/tmp"}/k3s-si-ca-${process.pid}.crt`;
  writeFileSync(ca, authority.certPem);
  closing.push(async () => (await import("node:fs")).rmSync(ca));
  const config = (auth: string, caFile: string): string =>
    `mirrors:\n  r.example:\n    endpoint: ["https://${secured.host}"]\nconfigs:\n  "${secured.host}":\n    auth: {username: user, password: "${auth}"}\n    tls: {${caFile}}\n`;

  const good = await nodeWith(config("pa ss", `ca_file: ${ca}`));
  expect((await execOn(good, ["crictl", "pull", "r.example/app:v1"])).code).toBe(0);
  const wrongPassword = await nodeWith(config("no", "insecure_skip_verify: true"));
  expect((await execOn(wrongPassword, ["crictl", "pull", "r.example/app:v1"])).stderr).toContain(
    "401 Unauthorized",
  );
  const noAuthority = await nodeWith(config("pa ss", ""));
  expect((await execOn(noAuthority, ["crictl", "pull", "r.example/app:v1"])).stderr).toContain(
    "certificate signed by unknown authority",
  );
});

test(
  "a registry on the loopback is spoken to in the clear, mirrors or not",
  { timeout },
  async () => {
    const local = await registry({ images: { "team/app:v1": await image("app") } });
    const node = await nodeWith("");
    expect((await execOn(node, ["crictl", "pull", `${local.host}/team/app:v1`])).code).toBe(0);
    expect(
      (await execOn(node, ["ctr", "images", "pull", `${local.host}/team/app:v1`])).stdout,
    ).toContain("done");
  },
);

test("a malformed registries.yaml ends the boot", { timeout }, async () => {
  const node = new TestNode({ name: "node" });
  closing.push(() => node.dispose());
  mkdirSync(node.path("etc/rancher/k3s"), { recursive: true });
  writeFileSync(node.path("etc/rancher/k3s/registries.yaml"), "mirrors: {a: [}\n");
  expect(await node.startServer().exited()).toBe(1);
  expect(node.logs).toMatch(/level=fatal msg="failed to start container runtime: yaml: /);
});
