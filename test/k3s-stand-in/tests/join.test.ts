import { rmSync, writeFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { hashOfCa } from "../src/pki/cluster-pki.ts";
import { Kubectl } from "./support/commands.ts";
import { eventually, TestNode } from "./support/node.ts";

const nodes: TestNode[] = [];
const timeout = 60_000;

function node(settings: ConstructorParameters<typeof TestNode>[0]): TestNode {
  const made = new TestNode(settings);
  nodes.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((each) => each.dispose()));
});

async function runningServer(
  env: Record<string, string> = {},
  args: string[] = [],
): Promise<{ server: TestNode; kubectl: Kubectl; caHash: string }> {
  const server = node({ name: "srv", args, env: { K3S_TOKEN: "secret", ...env } }).startServer();
  await server.waitForLog("k3s is up and running");
  return {
    server,
    kubectl: new Kubectl(server),
    caHash: hashOfCa(server.read("var/lib/rancher/k3s/server/tls/server-ca.crt")),
  };
}

test("agents join with the short and the full token", { timeout }, async () => {
  const { server, kubectl, caHash } = await runningServer();
  const short = node({
    name: "short",
    env: { K3S_URL: server.url, K3S_TOKEN: "secret" },
  }).startAgent(["--node-label", "role=web", "--node-taint", "only=web:NoSchedule"]);
  const full = node({ name: "full" }).startAgent([
    "--server",
    server.url,
    "--token",
    `K10${caHash}::server:secret`,
  ]);
  await Promise.all(
    [short, full].map((agent) => agent.waitForLog('"Successfully registered node"')),
  );
  expect(short.logs).toContain("the token does not include a CA hash");
  expect(full.logs).not.toContain("the token does not include a CA hash");
  await eventually(async () => {
    expect(await kubectl.nodes()).toEqual({ srv: "Ready", short: "Ready", full: "Ready" });
    return true;
  });
  const found = await kubectl.json<{
    metadata: { labels: object; annotations: Record<string, string> };
    spec: { taints: object[]; podCIDR: string };
    status: { addresses: object[] };
  }>(["get", "node", "short"]);
  expect(found.metadata.labels).toMatchObject({
    role: "web",
    "kubernetes.io/hostname": "short",
    "node.kubernetes.io/instance-type": "k3s",
  });
  expect(JSON.parse(found.metadata.annotations["k3s.io/node-args"] ?? "")).toEqual([
    "agent",
    "--node-ip",
    short.address,
    "--node-name",
    "short",
    "--lb-server-port",
    "0",
    "--node-label",
    "role=web",
    "--node-taint",
    "only=web:NoSchedule",
  ]);
  expect(JSON.parse(found.metadata.annotations["k3s.io/node-env"] ?? "")).toEqual({
    K3S_URL: server.url,
    K3S_TOKEN: "********",
  });
  expect(found.spec.taints).toEqual([{ key: "only", value: "web", effect: "NoSchedule" }]);
  expect(found.status.addresses).toEqual([
    { type: "InternalIP", address: short.address },
    { type: "Hostname", address: "short" },
  ]);
  expect(
    new Set(
      Object.values(
        await kubectl
          .json<{ items: { spec: { podCIDR: string } }[] }>(["get", "nodes"])
          .then(({ items }) => items.map(({ spec }) => spec.podCIDR)),
      ),
    ).size,
  ).toBe(3);
  const hosts = await kubectl.run([
    "-n",
    "kube-system",
    "get",
    "cm",
    "coredns",
    "-o",
    "jsonpath={.data.NodeHosts}",
  ]);
  expect(hosts.split("\n").filter(Boolean).sort()).toEqual(
    [`${full.address} full`, `${server.address} srv`, `${short.address} short`].sort(),
  );
});

test("a wrong token keeps an agent out, which tries on", { timeout }, async () => {
  const { server, kubectl } = await runningServer();
  const password = node({ name: "a" }).startAgent(["--server", server.url, "--token", "wrong"]);
  const hash = node({ name: "b" }).startAgent([
    "--server",
    server.url,
    "--token",
    `K10${"0".repeat(64)}::server:secret`,
  ]);
  await password.waitForLog(
    /Waiting to retrieve agent configuration; server is not ready: failed to retrieve configuration from server: https:\/\/127\.0\.0\.1:\d+\/v1-k3s\/config: 401 Unauthorized/,
  );
  await hash.waitForLog("token CA hash does not match the Cluster CA certificate hash: 0000");
  await server.waitForLog("invalid username/password combination");
  expect(Object.keys(await kubectl.nodes())).toEqual(["srv"]);
  expect([password.pid, hash.pid].every((pid) => process.kill(pid, 0))).toBe(true);
});

test(
  "a wrong token ends a joining server, as does a server without etcd",
  { timeout },
  async () => {
    const { server } = await runningServer({}, ["--cluster-init"]);
    const wrong = node({ name: "wrong" }).startServer(["--server", server.url, "--token", "wrong"]);
    expect(await wrong.exited()).toBe(1);
    expect(wrong.logs).toMatch(
      /level=fatal msg="starting kubernetes: preparing server: https:.*\/v1-k3s\/server-bootstrap: 401 Unauthorized"/,
    );
    const { server: lonely } = await runningServer();
    const unwanted = node({ name: "unwanted" }).startServer([
      "--server",
      lonely.url,
      "--token",
      "secret",
    ]);
    expect(await unwanted.exited()).toBe(1);
    expect(unwanted.logs).toContain("server-bootstrap: 400 Bad Request");
    expect(lonely.logs).toContain("embedded etcd is not enabled");
  },
);

test("an agent waits for its server, a joining server does not", { timeout }, async () => {
  const server = node({ name: "srv", env: { K3S_TOKEN: "secret" } });
  const agent = node({ name: "early" }).startAgent(["--server", server.url, "--token", "secret"]);
  const joiner = node({ name: "joiner" }).startServer([
    "--server",
    server.url,
    "--token",
    "secret",
  ]);
  expect(await joiner.exited()).toBe(1);
  expect(joiner.logs).toMatch(
    /level=fatal msg="starting kubernetes: preparing server: failed to get CA certs: Get .*connect: connection refused"/,
  );
  await agent.waitForLog(`Failed to validate connection to cluster at ${server.url}`);
  server.startServer();
  await agent.waitForLog('"Successfully registered node"');
  expect(await agent.stop()).toBe(0);
});

test("a node is known by its password until the Node object is deleted", { timeout }, async () => {
  const { server, kubectl } = await runningServer();
  const join = (agent: TestNode): TestNode =>
    agent.startAgent(["--server", server.url, "--token", "secret"]);
  const first = join(node({ name: "same" }));
  await first.waitForLog('"Successfully registered node"');
  await kubectl.run(["-n", "kube-system", "get", "secret", "same.node-password.k3s"]);
  await first.stop();

  const impostor = join(node({ name: "same" }));
  await impostor.waitForLog(
    "Node password rejected, duplicate hostname or contents of '/etc/rancher/node/password' may not match server node-passwd entry",
  );
  await kubectl.run(["delete", "node", "same"]);
  await impostor.waitForLog('"Successfully registered node"');
  await impostor.stop();

  await kubectl.run(["-n", "kube-system", "delete", "secret", "same.node-password.k3s"]);
  const third = join(node({ name: "same" }));
  await third.waitForLog('"Successfully registered node"');
  expect(third.logs).not.toContain("rejected");
});

test(
  "a restarted agent is registered again, with or without its certificate",
  { timeout },
  async () => {
    const { server } = await runningServer();
    const agent = node({
      name: "again",
      env: { K3S_URL: server.url, K3S_TOKEN: "secret" },
    }).startAgent();
    await agent.waitForLog('"Successfully registered node"');
    expect(await agent.stop()).toBe(0);
    for (const loseCertificate of [false, true]) {
      if (loseCertificate) rmSync(agent.data("agent"), { recursive: true });
      const from = agent.logs.length;
      agent.startAgent();
      await agent.waitForLog('"Node was previously registered"', { from });
      await agent.waitForLog('"Successfully registered node"', { from });
      expect(await agent.stop()).toBe(0);
    }
  },
);

test(
  "a stopped node becomes NotReady after the grace period and Ready when it is back",
  { timeout },
  async () => {
    const { server, kubectl } = await runningServer({
      K3S_STANDIN_GRACE_MS: "1500",
      K3S_STANDIN_HEARTBEAT_MS: "300",
    });
    const agent = node({
      name: "flaky",
      env: { K3S_URL: server.url, K3S_TOKEN: "secret", K3S_STANDIN_HEARTBEAT_MS: "300" },
    }).startAgent();
    await eventually(async () => (await kubectl.nodes())["flaky"] === "Ready");
    await agent.stop("SIGKILL");
    expect((await kubectl.nodes())["flaky"]).toBe("Ready");
    await eventually(async () => (await kubectl.nodes())["flaky"] === "NotReady");
    expect((await kubectl.nodes())["srv"]).toBe("Ready");
    agent.startAgent();
    await eventually(async () => (await kubectl.nodes())["flaky"] === "Ready");
  },
);

test("a node is registered before it is Ready", { timeout }, async () => {
  const { server, kubectl } = await runningServer();
  const agent = node({
    name: "slow",
    env: { K3S_URL: server.url, K3S_TOKEN: "secret", K3S_STANDIN_NODE_READY_DELAY_MS: "1500" },
  }).startAgent();
  await agent.waitForLog('"Successfully registered node"');
  expect((await kubectl.nodes())["slow"]).toBe("NotReady");
  await eventually(async () => (await kubectl.nodes())["slow"] === "Ready");
});

test("a token may come from a file, and agents may have their own", { timeout }, async () => {
  const { server } = await runningServer({ K3S_AGENT_TOKEN: "agents-only" }, ["--cluster-init"]);
  const agent = node({ name: "filed" });
  writeFileSync(agent.path("token"), "agents-only\n");
  agent.startAgent([], { K3S_URL: server.url, K3S_TOKEN_FILE: agent.path("token") });
  await agent.waitForLog('"Successfully registered node"');
  const joiner = node({ name: "joiner" }).startServer([
    "--server",
    server.url,
    "--token",
    "agents-only",
  ]);
  expect(await joiner.exited()).toBe(1);
  expect(joiner.logs).toContain("server-bootstrap: 401 Unauthorized");
});

test(
  "a fake meminfo decides the node's memory, --disable-agent leaves no node",
  { timeout },
  async () => {
    const server = node({ name: "srv" });
    const { mkdirSync } = await import("node:fs");
    mkdirSync(server.path("proc"));
    writeFileSync(server.path("proc/meminfo"), "MemTotal:        1048576 kB\nMemFree: 1 kB\n");
    server.startServer();
    await server.waitForLog('"Successfully registered node"');
    expect(
      await new Kubectl(server).run([
        "get",
        "node",
        "srv",
        "-o",
        "jsonpath={.status.capacity.memory}",
      ]),
    ).toBe("1Gi");
    const headless = node({ name: "headless" }).startServer(["--disable-agent"]);
    await headless.waitForLog("k3s is up and running");
    expect((await new Kubectl(headless).try(["get", "nodes"])).stderr).toContain(
      "No resources found",
    );
  },
);

test(
  "labels that a node may not give itself end it, as do networks of different families",
  { timeout },
  async () => {
    const { server } = await runningServer();
    const agent = node({ name: "a" }).startAgent([
      "--server",
      server.url,
      "--token",
      "secret",
      "--node-label",
      "node-role.kubernetes.io/worker=true",
      "--node-label",
      "node.kubernetes.io/fine=1",
    ]);
    expect(await agent.exited()).toBe(1);
    expect(agent.logs).toContain(
      "unknown 'kubernetes.io' or 'k8s.io' labels specified with --node-labels: [node-role.kubernetes.io/worker]",
    );
    const mixed = node({ name: "mixed" }).startServer(["--cluster-cidr", "fd00:42::/56"]);
    expect(await mixed.exited()).toBe(1);
    expect(mixed.logs).toContain(
      "cluster-cidr: [fd00:42::/56] and service-cidr: [10.43.0.0/16], must share the same IP version",
    );
    const noFamily = node({ name: "none" }).startServer([
      "--cluster-cidr",
      "fd00:42::/56",
      "--service-cidr",
      "fd00:43::/112",
    ]);
    expect(await noFamily.exited()).toBe(1);
    expect(noFamily.logs).toContain("must share the same IP version");
  },
);
