import { X509Certificate } from "node:crypto";
import { mkdirSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { connect } from "node:tls";
import { parse } from "yaml";
import { afterEach, expect, test } from "vitest";
import { hashOfCa } from "../src/pki/cluster-pki.ts";
import { tlsRequest } from "../src/net/tls-client.ts";
import { execOn, Kubectl } from "./support/commands.ts";
import { apiPort, TestNode } from "./support/node.ts";

const nodes: TestNode[] = [];
const timeout = 30_000;

function node(settings: ConstructorParameters<typeof TestNode>[0]): TestNode {
  const made = new TestNode(settings);
  nodes.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((each) => each.dispose()));
});

function servedCertificate(address: string): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port: apiPort, rejectUnauthorized: false }, () => {
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      if (certificate) resolve(certificate);
      else reject(new Error("no certificate"));
    });
    socket.on("error", reject);
  });
}

test(
  "a server serves the API under a certificate with exactly its names",
  { timeout },
  async () => {
    const server = node({
      name: "srv",
      args: ["--tls-san", "lb.example", "--tls-san", "10.9.8.7"],
      env: { K3S_TOKEN: "secret" },
    }).startServer();
    await server.waitForLog("k3s is up and running");

    const certificate = await servedCertificate(server.address);
    expect(certificate.subjectAltName?.split(", ").sort()).toEqual(
      [
        "DNS:kubernetes",
        "DNS:kubernetes.default",
        "DNS:kubernetes.default.svc",
        "DNS:kubernetes.default.svc.cluster.local",
        "DNS:lb.example",
        "DNS:localhost",
        "DNS:srv",
        "IP Address:0:0:0:0:0:0:0:1",
        "IP Address:10.43.0.1",
        "IP Address:10.9.8.7",
        "IP Address:127.0.0.1",
        `IP Address:${server.address}`,
      ].sort(),
    );
    const ca = server.read("var/lib/rancher/k3s/server/tls/server-ca.crt");
    expect(certificate.verify(new X509Certificate(ca).publicKey)).toBe(true);
    expect(await new Kubectl(server).run(["get", "--raw", "/readyz"])).toBe("ok");
  },
);

test("without credentials only /ping and /cacerts answer", { timeout }, async () => {
  const server = node({ name: "srv" }).startServer();
  await server.waitForLog("k3s is up and running");
  const ca = server.read("var/lib/rancher/k3s/server/tls/server-ca.crt");
  const get = (path: string): ReturnType<typeof tlsRequest> =>
    tlsRequest(server.url + path, { ca });

  expect(await get("/ping")).toMatchObject({ status: 200, body: "pong" });
  expect(await get("/cacerts")).toMatchObject({ status: 200, body: ca });
  for (const path of ["/readyz", "/version", "/api/v1/nodes"]) {
    const { status, body } = await get(path);
    expect([status, JSON.parse(body)]).toMatchObject([
      401,
      { kind: "Status", reason: "Unauthorized", message: "Unauthorized" },
    ]);
  }
  expect((await get("/v1-k3s/config")).status).toBe(403);
  const wrong = await tlsRequest(`${server.url}/v1-k3s/config`, {
    ca,
    headers: { authorization: `Basic ${Buffer.from("node:wrong").toString("base64")}` },
  });
  expect(wrong.status).toBe(401);
  await server.waitForLog("invalid username/password combination");
});

test("kubeconfig and tokens lie where k3s writes them", { timeout }, async () => {
  const server = node({
    name: "srv",
    env: { K3S_TOKEN: "secret", K3S_KUBECONFIG_OUTPUT: "/output/kubeconfig.yaml" },
  }).startServer(["--write-kubeconfig-mode", "644"]);
  await server.waitForLog("Wrote kubeconfig /output/kubeconfig.yaml");
  expect(readlinkSync(server.kubeconfig)).toBe(server.path("output/kubeconfig.yaml"));
  expect(statSync(server.path("output/kubeconfig.yaml")).mode & 0o777).toBe(0o644);
  const ca = server.read("var/lib/rancher/k3s/server/tls/server-ca.crt");
  expect(parse(server.read("output/kubeconfig.yaml"))).toMatchObject({
    kind: "Config",
    "current-context": "default",
    clusters: [
      {
        name: "default",
        cluster: {
          server: server.url,
          "certificate-authority-data": Buffer.from(ca).toString("base64"),
        },
      },
    ],
    contexts: [{ name: "default", context: { cluster: "default", user: "default" } }],
    users: [
      {
        name: "default",
        user: {
          "client-certificate-data": expect.any(String),
          "client-key-data": expect.any(String),
        },
      },
    ],
  });
  expect(server.read("var/lib/rancher/k3s/server/token")).toBe(
    `K10${hashOfCa(ca)}::server:secret\n`,
  );
  expect(server.read("var/lib/rancher/k3s/server/node-token")).toBe(
    `K10${hashOfCa(ca)}::server:secret\n`,
  );
});

test("the first file mode is private and the CA outlives a restart", { timeout }, async () => {
  const server = node({ name: "srv" }).startServer();
  await server.waitForLog("k3s is up and running");
  expect(statSync(server.kubeconfig).mode & 0o777).toBe(0o600);
  const before = server.read("etc/rancher/k3s/k3s.yaml");
  const serial = (await servedCertificate(server.address)).serialNumber;
  await new Kubectl(server).run(["create", "configmap", "kept", "--from-literal=a=b"]);
  expect(await server.stop()).toBe(0);

  const from = server.logs.length;
  server.startServer();
  await server.waitForLog("k3s is up and running", { from });
  expect(server.read("etc/rancher/k3s/k3s.yaml")).toBe(before);
  expect((await servedCertificate(server.address)).serialNumber).toBe(serial);
  expect(
    await new Kubectl(server).run(["get", "configmap", "kept", "-o", "jsonpath={.data.a}"]),
  ).toBe("b");
});

test(
  "a server does not start with another token than its data was made with",
  { timeout },
  async () => {
    const server = node({ name: "srv" }).startServer(["--token", "first"]);
    await server.waitForLog("k3s is up and running");
    await server.stop();
    expect(await server.startServer(["--token", "second"]).exited()).toBe(1);
    expect(server.logs).toContain(
      "bootstrap data already found and encrypted with different token",
    );
    const from = server.logs.length;
    server.startServer();
    await server.waitForLog("k3s is up and running", { from });
    expect(server.read("var/lib/rancher/k3s/server/token")).toMatch(/::server:first\n$/);
  },
);

test("a boot delay keeps the API, not the port, away", { timeout }, async () => {
  const server = node({ name: "slow", env: { K3S_STANDIN_BOOT_DELAY_MS: "1500" } }).startServer();
  const started = Date.now();
  await server.waitForLog("Wrote kubeconfig");
  const early = await new Kubectl(server).try(["get", "--raw", "/readyz"]);
  expect(early.code).not.toBe(0);
  expect(early.stderr).toContain("apiserver not ready");
  expect(server.logs).not.toContain("k3s is up and running");
  await server.waitForLog("k3s is up and running");
  expect(Date.now() - started).toBeGreaterThanOrEqual(1400);
  expect(await new Kubectl(server).run(["get", "--raw", "/readyz?verbose"])).toContain(
    "readyz check passed",
  );
});

test(
  "a boot that is made to fail ends with its code and line, and succeeds afterwards",
  { timeout },
  async () => {
    const server = node({
      name: "srv",
      env: {
        K3S_STANDIN_FAIL_EXIT_CODE: "7",
        K3S_STANDIN_FAIL_MESSAGE: "no luck",
        K3S_STANDIN_FAIL_BOOTS: "2",
      },
    });
    for (let boot = 0; boot < 2; boot++) expect(await server.startServer().exited()).toBe(7);
    expect(server.logs).toMatch(/level=fatal msg="no luck"/);
    server.startServer();
    await server.waitForLog("k3s is up and running");
  },
);

test("the report tells what the node was started with", { timeout }, async () => {
  const server = node({ name: "srv", env: { K3S_TOKEN: "t", EXTRA: "x" } });
  mkdirSync(dirname(server.path("etc/rancher/k3s/registries.yaml")), { recursive: true });
  writeFileSync(server.path("etc/rancher/k3s/registries.yaml"), "mirrors: {}\n");
  server.startServer(["--disable", "traefik"]);
  await server.waitForLog("Starting k3s");
  const report = JSON.parse(server.read("var/lib/rancher/k3s/stand-in/report.json")) as Record<
    string,
    unknown
  >;
  expect(report["argv"]).toEqual([
    "server",
    "--https-listen-port",
    String(apiPort),
    "--bind-address",
    server.address,
    "--node-ip",
    server.address,
    "--node-name",
    "srv",
    "--disable",
    "traefik",
  ]);
  expect(report["env"]).toMatchObject({ K3S_TOKEN: "t", EXTRA: "x" });
  expect(report["files"]).toMatchObject({
    "/etc/rancher/k3s/registries.yaml": "mirrors: {}\n",
    "/etc/rancher/k3s/config.yaml": null,
  });
  expect(report["pid"]).toBe(server.pid);
});

test.each([
  [["server", "--foo"], "flag provided but not defined: -foo"],
  [["server", "--disable traefik"], "flag provided but not defined: -disable traefik"],
  [["agent", "--cluster-init"], "flag provided but not defined: -cluster-init"],
  [["server", "--token"], "flag needs an argument: -token"],
  [
    ["server", "--https-listen-port", "x"],
    'invalid value "x" for flag -https-listen-port: parse error',
  ],
])("%j is refused as k3s refuses it", { timeout }, async (args, message) => {
  const server = node({ name: "srv" }).start(args);
  expect(await server.exited()).toBe(1);
  expect(server.logs).toContain(`Incorrect Usage: ${message}`);
  expect(server.logs).toContain(`level=fatal msg=${JSON.stringify(message)}`);
});

test.each([
  [["agent"], "--token is required"],
  [["agent", "--token", "x"], "--server is required"],
  [
    ["server", "--cluster-cidr", "nonsense"],
    "invalid cluster-cidr nonsense: invalid CIDR address: nonsense",
  ],
  [["server", "--datastore-endpoint", "mysql://a:b@tcp(db:3306)/k3s"], "does not speak mysql"],
])("%j fails at boot", { timeout }, async (args, message) => {
  const server = node({ name: "srv" });
  const bind =
    args[0] === "server"
      ? ["--bind-address", server.address, "--https-listen-port", String(apiPort)]
      : [];
  expect(await server.start([...args, ...bind]).exited()).toBe(1);
  expect(server.logs).toMatch(/level=fatal/);
  expect(server.logs).toContain(message);
});

test("a busy port is fatal", { timeout }, async () => {
  const first = node({ name: "one" }).startServer();
  await first.waitForLog("Wrote kubeconfig");
  const second = node({ name: "two", address: first.address }).startServer();
  expect(await second.exited()).toBe(1);
  expect(second.logs).toContain("EADDRINUSE");
});

test("--version, help and unknown commands", { timeout }, async () => {
  const server = node({ name: "srv", env: { K3S_STANDIN_VERSION: "v1.21.7+k3s1" } });
  expect((await execOn(server, ["--version"])).stdout).toMatch(
    /^k3s version v1\.21\.7\+k3s1 \([0-9a-f]{8}\)\ngo version go/,
  );
  expect((await execOn(server, ["server", "--help"])).stdout).toContain("--tls-san value");
  expect((await execOn(server, ["frobnicate"])).code).toBe(3);
});

test("the config file gives flags, the command line wins over it", { timeout }, async () => {
  const server = node({ name: "srv", env: { K3S_NODE_NAME: "ignored" } });
  const file = server.path("etc/rancher/k3s/config.yaml");
  mkdirSync(`${file}.d`, { recursive: true });
  writeFileSync(
    file,
    "tls-san: [from.file]\nnode-label:\n- a=1\n- b=2\ntoken: filetoken\nbogus: 1\n",
  );
  writeFileSync(`${file}.d/10-more.yaml`, "node-label+:\n- c=3\n");
  server.startServer(["--tls-san", "from.args"]);
  await server.waitForLog("k3s is up and running");
  expect(server.logs).toContain("Unknown flag --bogus found in config.yaml, skipping");
  expect(server.read("var/lib/rancher/k3s/server/token")).toMatch(/::server:filetoken\n$/);
  await server.waitForLog("Annotations and labels have been set");
  const names = (await servedCertificate(server.address)).subjectAltName;
  expect(names).toContain("DNS:from.args");
  expect(names).not.toContain("from.file");
  const { metadata } = await new Kubectl(server).json<{
    metadata: { labels: Record<string, string> };
  }>(["get", "node", "srv"]);
  expect(metadata.labels).toMatchObject({ a: "1", b: "2", c: "3" });
});
