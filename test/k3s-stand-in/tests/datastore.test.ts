import { afterEach, expect, test } from "vitest";
import { Kubectl } from "./support/commands.ts";
import { TestEtcd } from "./support/etcd-gateway.ts";
import { eventually, TestNode } from "./support/node.ts";

const timeout = 60_000;
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

function node(name: string, token = "secret"): TestNode {
  const made = new TestNode({ name, env: { K3S_TOKEN: token } });
  closing.push(() => made.dispose());
  return made;
}

test("servers on one external etcd share authorities and state", { timeout }, async () => {
  const etcd = await new TestEtcd().start();
  closing.push(() => etcd.close());
  const endpoint = ["--datastore-endpoint", etcd.url];
  const [first, second] = [node("one"), node("two")];
  first.startServer(endpoint);
  second.startServer(endpoint);
  await Promise.all([first, second].map((server) => server.waitForLog("k3s is up and running")));
  expect(second.read("var/lib/rancher/k3s/server/tls/server-ca.crt")).toBe(
    first.read("var/lib/rancher/k3s/server/tls/server-ca.crt"),
  );

  await new Kubectl(first).run(["create", "configmap", "shared", "--from-literal=a=1"]);
  expect(
    await new Kubectl(second).run(["get", "configmap", "shared", "-o", "jsonpath={.data.a}"]),
  ).toBe("1");
  const again = await new Kubectl(second).try(["create", "configmap", "shared"]);
  expect(again.stderr).toContain("already exists");
  await eventually(async () => {
    const { stdout } = await new Kubectl(first).try(["get", "nodes", "-o", "name"]);
    return stdout === "node/one\nnode/two\n";
  });
  await new Kubectl(second).run(["delete", "configmap", "shared"]);
  expect((await new Kubectl(first).try(["get", "configmap", "shared"])).stderr).toContain(
    "not found",
  );

  await first.stop();
  const from = first.logs.length;
  first.startServer(endpoint);
  await first.waitForLog("k3s is up and running", { from });
  expect((await new Kubectl(first).run(["get", "nodes", "-o", "name"])).split("\n")).toHaveLength(
    3,
  );

  const stranger = node("three", "another");
  expect(await stranger.startServer(endpoint).exited()).toBe(1);
  expect(stranger.logs).toContain(
    "bootstrap data already found and encrypted with different token",
  );
});

test("the API follows an external datastore that goes and comes back", { timeout }, async () => {
  const etcd = await new TestEtcd().start();
  closing.push(() => etcd.close());
  const port = Number(new URL(etcd.url).port);
  const server = node("one").startServer(["--datastore-endpoint", etcd.url]);
  await server.waitForLog("k3s is up and running");
  etcd.close();
  const kubectl = new Kubectl(server);
  await eventually(async () =>
    (await kubectl.try(["get", "--raw", "/readyz"])).stderr.includes("[-]etcd failed"),
  );
  await etcd.start(port);
  expect(
    await eventually(async () => (await kubectl.try(["get", "--raw", "/readyz"])).stdout),
  ).toBe("ok");
});

test("a datastore that cannot be reached is fatal", { timeout }, async () => {
  const server = node("one").startServer(["--datastore-endpoint", "http://127.0.0.1:1"]);
  expect(await server.exited()).toBe(1);
  expect(server.logs).toMatch(
    /level=fatal msg="starting kubernetes: preparing server: .*ECONNREFUSED/,
  );
});
