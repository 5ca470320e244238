import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Kubectl } from "./support/commands.ts";
import { eventually, TestNode } from "./support/node.ts";

const timeout = 60_000;
const server = new TestNode({ name: "srv" });
const kubectl = new Kubectl(server);
const directory = server.data("server/manifests");

function configMap(name: string, value: string, namespace = "kube-system"): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\ndata:\n  value: "${value}"\n`;
}

async function valueOf(name: string, namespace = "kube-system"): Promise<string> {
  return (await kubectl.try(["-n", namespace, "get", "cm", name, "-o", "jsonpath={.data.value}"]))
    .stdout;
}

beforeAll(async () => {
  mkdirSync(`${directory}/custom/deep`, { recursive: true });
  writeFileSync(
    `${directory}/one.yaml`,
    `${configMap("one", "1")}---\n${configMap("two", "2")}---\n`,
  );
  writeFileSync(`${directory}/custom/deep/three.yml`, configMap("three", "3"));
  writeFileSync(
    `${directory}/list.json`,
    JSON.stringify({
      apiVersion: "v1",
      kind: "List",
      items: [
        { apiVersion: "v1", kind: "Namespace", metadata: { name: "made" } },
        {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: "inside", namespace: "made" },
          data: { value: "4" },
        },
      ],
    }),
  );
  writeFileSync(
    `${directory}/unknown.yaml`,
    `${configMap("before", "5")}---\napiVersion: acme.example/v1\nkind: Thing\nmetadata:\n  name: x\n`,
  );
  writeFileSync(`${directory}/broken.yaml`, "a: [\n");
  writeFileSync(`${directory}/skipped.yaml`, configMap("skipped", "6"));
  writeFileSync(`${directory}/skipped.yaml.skip`, "");
  writeFileSync(`${directory}/notes.txt`, "not a manifest");
  server.startServer(["--disable", "traefik"]);
  await server.waitForLog("k3s is up and running");
}, timeout);

afterAll(() => server.dispose());

test(
  "manifests below the directory are applied at boot, broken ones hold up nothing",
  { timeout },
  async () => {
    await eventually(async () => (await valueOf("inside", "made")) === "4");
    expect([
      await valueOf("one"),
      await valueOf("two"),
      await valueOf("three"),
      await valueOf("before"),
    ]).toEqual(["1", "2", "3", "5"]);
    expect(await valueOf("skipped")).toBe("");
    expect(server.logs).toContain(
      'no matches for kind \\"Thing\\" in version \\"acme.example/v1\\"',
    );
    expect(server.logs).toMatch(/failed to process .*broken\.yaml/);
  },
);

test("a changed or new manifest is applied while the server runs", { timeout }, async () => {
  writeFileSync(`${directory}/one.yaml`, configMap("one", "changed"));
  writeFileSync(`${directory}/custom/late.yaml`, configMap("late", "7"));
  await eventually(
    async () => (await valueOf("one")) === "changed" && (await valueOf("late")) === "7",
  );
  rmSync(`${directory}/one.yaml`);
  expect(await valueOf("two")).toBe("2");
});

test(
  "CoreDNS' ConfigMap has its Corefile, and keeps hosts that others add",
  { timeout },
  async () => {
    const data = async (): Promise<Record<string, string>> =>
      (
        await kubectl.json<{ data: Record<string, string> }>([
          "-n",
          "kube-system",
          "get",
          "cm",
          "coredns",
        ])
      ).data;
    await eventually(async () => (await data())["NodeHosts"] === `${server.address} srv\n`);
    expect((await data())["Corefile"]).toContain("hosts /etc/coredns/NodeHosts");
    await kubectl.run([
      "-n",
      "kube-system",
      "patch",
      "cm",
      "coredns",
      "--type=merge",
      "-p",
      JSON.stringify({
        data: { NodeHosts: `${server.address} srv\n172.17.0.1 host.k3d.internal\n` },
      }),
    ]);
    await kubectl.run(["label", "node", "srv", "touch=1"]);
    await eventually(
      async () =>
        (await data())["NodeHosts"] === `${server.address} srv\n172.17.0.1 host.k3d.internal\n`,
    );
  },
);
