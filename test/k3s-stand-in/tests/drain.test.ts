import { afterAll, beforeAll, expect, test } from "vitest";
import { execOn, Kubectl } from "./support/commands.ts";
import { eventually, TestNode } from "./support/node.ts";

const timeout = 90_000;
const env = {
  K3S_TOKEN: "secret",
  K3S_STANDIN_NODE_READY_DELAY_MS: "0",
  K3S_STANDIN_SERVICE_ACCOUNT_DELAY_MS: "0",
};
const server = new TestNode({ name: "srv", env });
const agent = new TestNode({ name: "work", env });
const kubectl = new Kubectl(server);

const pod = (name: string, nodeName: string, labels = {}): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels },
  spec: { nodeName, containers: [{ name: "a", image: "busybox" }] },
});
const create = (...items: object[]): Promise<string> =>
  kubectl.run(["create", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));

beforeAll(async () => {
  server.startServer();
  await server.waitForLog("k3s is up and running");
  agent.startAgent([], { K3S_URL: server.url });
  await agent.waitForLog("Annotations and labels have been set");
  await eventually(async () => (await kubectl.try(["get", "sa", "default"])).code === 0);
}, timeout);

afterAll(async () => {
  await Promise.all([server.dispose(), agent.dispose()]);
});

test("drains a node: cordons it and evicts its pods, not the others'", { timeout }, async () => {
  await create(pod("here", "work"), pod("there", "srv"));
  const onWork = ["get", "pods", "--field-selector", "spec.nodeName=work", "-o", "name"];
  expect(await kubectl.run(onWork)).toBe("pod/here\n");
  const bare = await kubectl.try(["drain", "work", "--timeout=30s"]);
  expect(bare.stderr).toContain("cannot delete");
  expect(await kubectl.run(["drain", "work", "--force", "--timeout=30s"])).toContain(
    "pod/here evicted",
  );
  expect(await kubectl.run(onWork)).toBe("");
  expect(await kubectl.run(["get", "pods", "-o", "name"])).toBe("pod/there\n");
  expect((await kubectl.nodes())["work"]).toBe("Ready,SchedulingDisabled");
  const taints = ["get", "node", "work", "-o", "jsonpath={.spec.taints[*].key}"];
  expect(await kubectl.run(taints)).toBe("node.kubernetes.io/unschedulable");
  await kubectl.run(["uncordon", "work"]);
  expect(await kubectl.run(taints)).toBe("");
});

test("a disruption budget holds an eviction up", { timeout }, async () => {
  const labels = { app: "kept" };
  await create(pod("kept", "work", labels), {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: "all" },
    spec: { minAvailable: 1, selector: { matchLabels: labels } },
  });
  const held = await kubectl.try(["drain", "work", "--force", "--timeout=2s"]);
  expect(held.code).toBe(1);
  expect(held.stderr).toContain("it would violate the pod's disruption budget");
  expect(await kubectl.run(["get", "pod", "kept", "-o", "name"])).toBe("pod/kept\n");
  await create(pod("second", "srv", labels));
  expect(await kubectl.run(["drain", "work", "--force", "--timeout=30s"])).toContain(
    "pod/kept evicted",
  );
  await kubectl.run(["uncordon", "work"]);
});

test(
  "a deleted node's password is forgotten, so that another one of its name joins",
  {
    timeout,
  },
  async () => {
    const secret = ["-n", "kube-system", "get", "secret", "work.node-password.k3s"];
    expect((await kubectl.try(secret)).code).toBe(0);
    const twin = new TestNode({ name: "work", env });
    try {
      twin.startAgent([], { K3S_URL: server.url });
      await twin.waitForLog(
        "Node password rejected, duplicate hostname or contents of '/etc/rancher/node/password' may not match server node-passwd entry, try enabling a unique node name with the --with-node-id flag",
      );
      await agent.stop();
      await kubectl.run(["delete", "node", "work"]);
      await twin.waitForLog('"Successfully registered node" node="work"');
      await eventually(async () => (await kubectl.try(secret)).code === 0);
    } finally {
      await twin.dispose();
    }
  },
);

test("k3s kubectl works inside a node without a kubeconfig of its own", { timeout }, async () => {
  const { code, stdout } = await execOn(server, ["kubectl", "get", "nodes", "-o", "name"]);
  expect([code, stdout]).toEqual([0, expect.stringContaining("node/srv")]);
});
