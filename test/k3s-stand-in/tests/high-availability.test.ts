import { readdirSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { Kubectl, runProgram } from "./support/commands.ts";
import { eventually, loopbackAddress, TestNode } from "./support/node.ts";
import { program } from "./support/program.ts";

const nodes: TestNode[] = [];
const timeout = 180_000;
const env = {
  K3S_TOKEN: "secret",
  K3S_STANDIN_ELECTION_MS: "500",
  K3S_STANDIN_HEARTBEAT_MS: "1000",
};

function node(settings: ConstructorParameters<typeof TestNode>[0]): TestNode {
  const made = new TestNode({ ...settings, env: { ...env, ...settings.env } });
  nodes.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((each) => each.dispose()));
});

/** Restarts a joining server as the engine does until it is up. */
async function startUntilUp(
  server: TestNode,
  args: string[],
  extra: Record<string, string> = {},
): Promise<void> {
  const from = server.logs.length;
  let up = false;
  server.startServer(args, extra);
  while (!up) {
    const ended = server.exited().then(() => false);
    up = await Promise.race([
      server.waitForLog("k3s is up and running", { from, timeoutMs: 60_000 }).then(
        () => true,
        () => false,
      ),
      ended,
    ]);
    if (!up) server.startServer(args, extra);
  }
}

async function threeServers(): Promise<TestNode[]> {
  const first = node({ name: "s0" });
  await startUntilUp(first, ["--cluster-init"]);
  const others = [node({ name: "s1" }), node({ name: "s2" })];
  await Promise.all(others.map((server) => startUntilUp(server, [], { K3S_URL: first.url })));
  return [first, ...others];
}

test(
  "one learner at a time: a server that comes too early ends, and is told why",
  {
    timeout,
  },
  async () => {
    const never = { K3S_STANDIN_PROMOTE_MS: "3600000" };
    const first = node({ name: "s0" });
    await startUntilUp(first, ["--cluster-init"], never);
    const second = node({ name: "s1" }).startServer([], { K3S_URL: first.url });
    await second.waitForLog("this server has not yet been promoted from learner to voting member");
    const early = node({ name: "s2" }).startServer([], { K3S_URL: first.url });
    expect(await early.exited()).toBe(1);
    expect(early.logs).toMatch(
      /level=fatal msg="etcd cluster join failed: etcdserver: too many learner members in cluster"/,
    );
    const kubectl = new Kubectl(first);
    expect(Object.keys(await kubectl.nodes())).toEqual(["s0"]);
    const from = early.logs.length;
    early.startServer([], { K3S_URL: first.url, K3S_STANDIN_LEARNER_CONFLICT: "wait" });
    await early.waitForLog(
      "Waiting for other members to finish joining etcd cluster: etcdserver: too many learner members in cluster",
      { from },
    );
    await first.stop();
    await startUntilUp(first, ["--cluster-init"]);
    await early.waitForLog("k3s is up and running", { from, timeoutMs: 60_000 });
    const voters = async (): Promise<string> =>
      kubectl.run([
        "get",
        "nodes",
        "-l",
        "node-role.kubernetes.io/etcd=true",
        "-o",
        "jsonpath={range .items[*]}{.metadata.name}={.status.conditions[?(@.type=='EtcdIsVoter')].reason} {end}",
      ]);
    await eventually(
      async () =>
        (await voters()) === "s0=MemberNotLearner s1=MemberNotLearner s2=MemberNotLearner ",
      30_000,
    );
    // What the kubelet says of its node leaves the others' conditions alone.
    await eventually(
      async () =>
        (await kubectl.nodes())["s2"] === "Ready" &&
        (await voters()).includes("s2=MemberNotLearner"),
    );
  },
);

async function write(server: TestNode, name: string): Promise<void> {
  await new Kubectl(server).run(["create", "configmap", name]);
}

async function has(server: TestNode, name: string): Promise<boolean> {
  return (await new Kubectl(server).try(["get", "configmap", name])).code === 0;
}

test(
  "three servers share state, survive the loss of one and stop serving without a majority",
  { timeout },
  async () => {
    const servers = await threeServers();
    const [first, second, third] = servers as [TestNode, TestNode, TestNode];
    for (const [at, server] of servers.entries()) {
      await write(server, `from-${at}`);
      for (const reader of servers) expect(await has(reader, `from-${at}`)).toBe(true);
    }
    await eventually(async () => {
      expect(await new Kubectl(third).nodes()).toEqual({ s0: "Ready", s1: "Ready", s2: "Ready" });
      return true;
    });

    await first.stop("SIGKILL");
    await eventually(
      async () => (await new Kubectl(second).try(["get", "--raw", "/readyz"])).stdout === "ok",
    );
    await eventually(() => write(third, "without-first").then(() => true));
    expect(await has(second, "without-first")).toBe(true);

    await third.stop();
    const unready = await eventually(async () => {
      const result = await new Kubectl(second).try(["get", "--raw", "/readyz"]);
      return result.code === 0 ? undefined : result;
    });
    expect(unready?.stderr).toContain("[-]etcd failed");
    expect((await new Kubectl(second).try(["create", "configmap", "lost"])).stderr).toContain(
      "etcdserver",
    );

    third.startServer([], { K3S_URL: first.url });
    await eventually(() => write(second, "majority-again").then(() => true));
    first.startServer(["--cluster-init"]);
    await eventually(() => has(first, "majority-again"));
  },
);

test("all servers stopped come back in any order", { timeout }, async () => {
  const servers = await threeServers();
  const [first, second, third] = servers as [TestNode, TestNode, TestNode];
  await write(first, "kept");
  await Promise.all(servers.map((server) => server.stop("SIGKILL")));
  const froms = servers.map((server) => server.logs.length);
  third.startServer([], { K3S_URL: first.url });
  second.startServer([], { K3S_URL: first.url });
  await second.waitForLog("k3s is up and running", { from: froms[1] as number });
  await third.waitForLog("k3s is up and running", { from: froms[2] as number });
  expect(await has(third, "kept")).toBe(true);
  first.startServer(["--cluster-init"]);
  await first.waitForLog("k3s is up and running", { from: froms[0] as number });
  expect(await has(first, "kept")).toBe(true);
});

test("every server's certificate names all servers, and all know the CA", { timeout }, async () => {
  const servers = await threeServers();
  const cas = servers.map((server) => server.read("var/lib/rancher/k3s/server/tls/server-ca.crt"));
  expect(new Set(cas).size).toBe(1);
  const { connect } = await import("node:tls");
  for (const server of servers) {
    await eventually(
      () =>
        new Promise<boolean>((resolve) => {
          const { hostname, port } = new URL(server.url);
          const socket = connect({ host: hostname, port: Number(port), ca: cas[0] }, () => {
            const names = socket.getPeerX509Certificate()?.subjectAltName ?? "";
            socket.destroy();
            resolve(
              servers.every(
                ({ address, name }) =>
                  names.includes(`IP Address:${address}`) && names.includes(`DNS:${name}`),
              ),
            );
          });
          socket.on("error", () => resolve(false));
        }),
    );
  }
});

test(
  "an agent stays with the cluster while the server it joined by is away",
  { timeout },
  async () => {
    const servers = await threeServers();
    const [first, second] = servers as [TestNode, TestNode, TestNode];
    const agent = node({ name: "agent" });
    agent.startAgent([], { K3S_URL: first.url });
    await agent.waitForLog(
      `Adding server to load balancer k3s-agent-load-balancer: ${new URL(second.url).host}`,
    );
    await first.stop("SIGKILL");
    await agent.stop();
    const from = agent.logs.length;
    agent.startAgent([], { K3S_URL: first.url });
    await agent.waitForLog('"Successfully registered node"', { from, timeoutMs: 40_000 });
    expect(
      await eventually(async () => (await new Kubectl(second).nodes())["agent"] === "Ready"),
    ).toBe(true);
  },
);

test(
  "a deleted server leaves etcd, and rejoins as a new member when it starts again",
  { timeout },
  async () => {
    const servers = await threeServers();
    const [first, second, third] = servers as [TestNode, TestNode, TestNode];
    await eventually(async () => (await new Kubectl(first).nodes())["s2"] === "Ready");
    await third.stop();
    await new Kubectl(first).run(["delete", "node", "s2"]);
    await eventually(async () => /Removing name=s2 from etcd/.test(first.logs + second.logs));
    await second.stop("SIGKILL");
    await eventually(
      async () => (await new Kubectl(first).try(["get", "--raw", "/readyz"])).code !== 0,
    );
    second.startServer([], { K3S_URL: first.url });
    await eventually(() => write(first, "two-left").then(() => true));

    const from = third.logs.length;
    third.startServer([], { K3S_URL: first.url });
    expect(await third.exited()).toBe(1);
    expect(third.logs.slice(from)).toContain(
      "this node has been removed from the cluster please restart k3s to rejoin the cluster",
    );
    await startUntilUp(third, [], { K3S_URL: first.url });
    expect(await has(third, "two-left")).toBe(true);
  },
);

test("a member whose address changed is told so, and serves nothing", { timeout }, async () => {
  const server = node({ name: "moved" });
  server.startServer(["--cluster-init"]);
  await server.waitForLog("k3s is up and running");
  await server.stop();
  const from = server.logs.length;
  const before = server.address;
  server.address = loopbackAddress();
  server.startServer(["--cluster-init"]);
  await server.waitForLog(
    new RegExp(
      `not a member of the etcd cluster\\. Found \\[moved-[0-9a-f]{8}=https://${before}:2380\\], expect: moved-[0-9a-f]{8}=https://${server.address}:2380`,
    ),
    { from },
  );
  expect((await new Kubectl(server).try(["get", "--raw", "/readyz"])).stderr).toContain(
    "apiserver not ready",
  );
});

test("a reset makes a moved member the only one again, with its data", { timeout }, async () => {
  const [first, second] = (await threeServers()) as [TestNode, TestNode];
  await write(first, "kept");
  await Promise.all(nodes.map((server) => server.stop()));
  second.address = loopbackAddress();
  const refused = second.startServer(["--cluster-reset"], { K3S_URL: first.url });
  expect(await refused.exited()).toBe(1);
  expect(second.logs).toContain("cannot perform cluster-reset while server URL is set");
  expect(await second.startServer(["--cluster-reset"]).exited()).toBe(0);
  expect(second.logs).toContain(
    "Managed etcd cluster membership has been reset, restart without --cluster-reset flag now.",
  );
  expect(await second.startServer(["--cluster-reset"]).exited()).toBe(1);
  expect(second.logs).toContain(
    "cluster-reset was successfully performed, please remove the cluster-reset flag",
  );
  await startUntilUp(second, []);
  expect(await has(second, "kept")).toBe(true);
});

test("a snapshot makes a new first server with what there was then", { timeout }, async () => {
  const [first] = (await threeServers()) as [TestNode];
  await write(first, "before");
  const save = ["etcd-snapshot", "save", "--name", "kept"];
  const { code, stderr } = await runProgram(process.execPath, [program, ...save], {
    env: first.environment(),
  });
  expect([code, stderr]).toEqual([0, expect.anything()]);
  await write(first, "after");
  await Promise.all(nodes.map((server) => server.stop()));
  const [file = ""] = readdirSync(first.data("server", "db", "snapshots"));
  expect(file).toMatch(/^kept-.+-\d+$/);
  const path = `/var/lib/rancher/k3s/server/db/snapshots/${file}`;
  const reset = ["--cluster-reset", `--cluster-reset-restore-path=${path}`];
  expect(await first.startServer(reset).exited()).toBe(0);
  await startUntilUp(first, []);
  expect([await has(first, "before"), await has(first, "after")]).toEqual([true, false]);
});

test("two nodes of one name cannot both be servers", { timeout }, async () => {
  const first = node({ name: "s0" });
  await startUntilUp(first, ["--cluster-init"]);
  const twin = node({ name: "s0" }).startServer([], { K3S_URL: first.url });
  expect(await twin.exited()).toBe(1);
  expect(twin.logs).toContain("duplicate node name found, please use a unique name for this node");
});
