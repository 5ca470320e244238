import { afterEach, expect, test } from "vitest";
import { Kubectl } from "./support/commands.ts";
import { eventually, TestNode } from "./support/node.ts";

const nodes: TestNode[] = [];
const timeout = 60_000;

function node(settings: ConstructorParameters<typeof TestNode>[0]): TestNode {
  const made = new TestNode({ ...settings, env: { K3S_TOKEN: "secret", ...settings.env } });
  nodes.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((each) => each.dispose()));
});

const pod = (name: string, more: object = {}): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: { containers: [{ name: "a", image: "busybox" }], ...more },
  });

test(
  "a registered cluster takes a pod only once its service accounts are there",
  {
    timeout,
  },
  async () => {
    const server = node({
      name: "srv",
      env: { K3S_STANDIN_SERVICE_ACCOUNT_DELAY_MS: "6000", K3S_STANDIN_NODE_READY_DELAY_MS: "0" },
    }).startServer();
    await server.waitForLog('"Successfully registered node"');
    const kubectl = new Kubectl(server);
    for (const dryRun of [["--dry-run=server"], []]) {
      const refused = await kubectl.try(["create", "-f", "-", ...dryRun], pod("early"));
      expect(refused.stderr).toContain(
        'pods "early" is forbidden: error looking up service account default/default: serviceaccount "default" not found',
      );
    }
    expect((await kubectl.try(["get", "serviceaccount", "default"])).stderr).toContain(
      'serviceaccounts "default" not found',
    );
    await eventually(async () => (await kubectl.try(["get", "sa", "default"])).code === 0);
    await kubectl.run(["create", "-f", "-", "--dry-run=server"], pod("early"));
    expect((await kubectl.try(["get", "pod", "early"])).code).toBe(1);
    await kubectl.run(["create", "-f", "-"], pod("early"));
    expect(
      await kubectl.run(["get", "pod", "early", "-o", "jsonpath={.spec.serviceAccountName}"]),
    ).toBe("default");
    const other = await kubectl.try(
      ["create", "-f", "-"],
      pod("other", { serviceAccountName: "robot" }),
    );
    expect(other.stderr).toContain(
      'error looking up service account default/robot: serviceaccount "robot" not found',
    );
    await kubectl.run(["create", "namespace", "later"]);
    await eventually(
      async () => (await kubectl.try(["-n", "later", "get", "sa", "default"])).code === 0,
    );
  },
);

test("a node is NotReady, with a reason and a taint, until it is Ready", { timeout }, async () => {
  const server = node({
    name: "srv",
    env: { K3S_STANDIN_NODE_READY_DELAY_MS: "5000" },
  }).startServer(["--node-taint", "own=x:NoSchedule"]);
  await server.waitForLog('"Successfully registered node"');
  const kubectl = new Kubectl(server);
  const ready = "jsonpath={.status.conditions[?(@.type=='Ready')].reason}";
  const taints = "jsonpath={.spec.taints[*].key}";
  expect(await kubectl.nodes()).toEqual({ srv: "NotReady" });
  expect(await kubectl.run(["get", "node", "srv", "-o", ready])).toBe("KubeletNotReady");
  expect(await kubectl.run(["get", "node", "srv", "-o", taints])).toBe(
    "own node.kubernetes.io/not-ready",
  );
  await kubectl.run(["wait", "--for=condition=Ready", "node/srv", "--timeout=30s"]);
  expect(await kubectl.run(["get", "node", "srv", "-o", ready])).toBe("KubeletReady");
  await eventually(async () => (await kubectl.run(["get", "node", "srv", "-o", taints])) === "own");
});

test("a node registers as late as it is told", { timeout }, async () => {
  const server = node({
    name: "srv",
    env: { K3S_STANDIN_REGISTER_DELAY_MS: "4000" },
  }).startServer();
  await server.waitForLog("Running kubelet");
  const since = Date.now();
  const kubectl = new Kubectl(server);
  await eventually(async () => (await kubectl.try(["get", "--raw", "/readyz"])).code === 0);
  await server.waitForLog('"Attempting to register node"');
  expect(Date.now() - since).toBeGreaterThan(1000);
  await eventually(async () => Object.keys(await kubectl.nodes()).includes("srv"));
});

test(
  "an agent is refused until the server's controllers begin, and asks again later",
  {
    timeout,
  },
  async () => {
    const delays = { K3S_STANDIN_BOOT_DELAY_MS: "1500", K3S_STANDIN_CORE_DELAY_MS: "2000" };
    const server = node({ name: "srv", env: delays }).startServer();
    const agent = node({ name: "agent", env: { K3S_STANDIN_CONFIG_RETRY_MS: "300" } });
    agent.startAgent(["--server", server.url]);
    await agent.waitForLog(
      /Waiting to retrieve agent configuration; server is not ready: .*503 Service Unavailable/,
    );
    const kubectl = new Kubectl(server);
    const early = await kubectl.try(["get", "--raw", "/readyz"]);
    expect(early.stderr).toContain("apiserver not ready");
    await server.waitForLog("k3s is up and running");
    expect(await kubectl.run(["get", "--raw", "/readyz"])).toBe("ok");
    const shared = ["-n", "kube-system", "get", "secret", "k3s-serving"];
    expect((await kubectl.try(shared)).code).not.toBe(0);
    expect(await kubectl.nodes()).not.toHaveProperty("agent");
    await agent.waitForLog('"Successfully registered node"');
    expect((await kubectl.try(shared)).code).toBe(0);
  },
);

test("the checks of the API are listed, as a whole and one by one", { timeout }, async () => {
  const server = node({ name: "srv" }).startServer();
  await server.waitForLog("k3s is up and running");
  const kubectl = new Kubectl(server);
  expect(await kubectl.run(["get", "--raw", "/readyz"])).toBe("ok");
  const verbose = await kubectl.run(["get", "--raw", "/readyz?verbose"]);
  for (const check of ["ping", "etcd", "etcd-readiness", "poststarthook/rbac/bootstrap-roles"])
    expect(verbose).toContain(`[+]${check} ok\n`);
  expect(verbose.endsWith("readyz check passed\n")).toBe(true);
  expect(await kubectl.run(["get", "--raw", "/readyz?verbose&exclude=etcd"])).toContain(
    "[+]etcd excluded: ok\n",
  );
  expect(await kubectl.run(["get", "--raw", "/readyz/etcd"])).toBe("ok");
});
