import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, expect, test } from "vitest";
import { Kubectl } from "./support/commands.ts";
import { TestNode } from "./support/node.ts";

const nodes: TestNode[] = [];
const timeout = 60_000;

/** A node whose root directory looks like a container in a user namespace; `files` are its kernel's. */
function rootless(files: Record<string, string>): TestNode {
  const made = new TestNode({ name: "srv", env: { K3S_TOKEN: "secret" } });
  nodes.push(made);
  const all = { "proc/self/uid_map": "0 1000 1\n1 100000 65536\n", ...files };
  for (const [name, content] of Object.entries(all)) {
    mkdirSync(dirname(made.path(name)), { recursive: true });
    writeFileSync(made.path(name), content);
  }
  return made;
}

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((each) => each.dispose()));
});

test("a kubelet in a user namespace ends without the kernel's log", { timeout }, async () => {
  const server = rootless({}).startServer();
  expect(await server.exited()).toBe(1);
  expect(server.logs).toContain(
    '"Failed to create an oomWatcher (running in UserNS, Hint: enable KubeletInUserNamespace feature flag to ignore the error)" err="open /dev/kmsg: no such file or directory"',
  );
  expect(server.logs).toMatch(
    /level=fatal msg="kubelet exited: failed to run Kubelet: failed to create kubelet: open \/dev\/kmsg: /,
  );
});

test("and without the sysctls that it sets", { timeout }, async () => {
  const server = rootless({ "dev/kmsg": "", "proc/sys/vm/overcommit_memory": "1\n" }).startServer();
  expect(await server.exited()).toBe(1);
  expect(server.logs).not.toContain("vm/overcommit_memory");
  expect(server.logs).toMatch(
    /level=fatal msg="kubelet exited: failed to start ContainerManager: \[.*open \/proc\/sys\/kernel\/panic: /,
  );
});

test("with its feature gate it goes on", { timeout }, async () => {
  const server = rootless({}).startServer([
    "--kubelet-arg=feature-gates=KubeletInUserNamespace=true",
  ]);
  await server.waitForLog('"Successfully registered node"');
  expect(server.logs).toContain("(running in UserNS, ignoring)");
  expect(Object.keys(await new Kubectl(server).nodes())).toEqual(["srv"]);
});
