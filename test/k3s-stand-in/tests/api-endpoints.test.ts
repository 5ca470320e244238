import { afterEach, expect, test } from "vitest";
import { Kubectl } from "./support/commands.ts";
import { eventually, loopbackAddress, TestNode } from "./support/node.ts";

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** What Endpoints and EndpointSlice of the API's service name, each. */
async function addresses(node: TestNode): Promise<string[][]> {
  const kubectl = new Kubectl(node);
  const [endpoints, slice] = await Promise.all([
    kubectl.run(["get", "endpoints", "kubernetes", "-o", "jsonpath={.subsets[*].addresses[*].ip}"]),
    kubectl.run([
      "get",
      "endpointslices",
      "-l",
      "kubernetes.io/service-name=kubernetes",
      "-o",
      "jsonpath={.items[*].endpoints[*].addresses[*]}",
    ]),
  ]);
  return [endpoints, slice].map((text) => text.split(" ").toSorted());
}

test("a server that comes back elsewhere is at its old address for a while", async () => {
  const env = { K3S_STANDIN_API_LEASE_MS: "15000" };
  const node = new TestNode({ name: "one", env });
  closing.push(() => node.dispose());
  const before = node.address;
  await node.startServer([]).waitForLog("k3s is up and running");
  expect(await addresses(node)).toEqual([[before], [before]]);
  await node.stop();
  node.address = loopbackAddress();
  const from = node.logs.length;
  await node.startServer([]).waitForLog("k3s is up and running", { from });
  const both = [before, node.address].toSorted();
  expect(await addresses(node)).toEqual([both, both]);
  const alone = async (): Promise<boolean> =>
    (await addresses(node)).flat().join() === [node.address, node.address].join();
  expect(await eventually(alone, 60_000)).toBe(true);
}, 120_000);
