import { spawn } from "node:child_process";
import { basename } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findKubectl, versionedKubectls } from "../image/tools.ts";
import { Kubectl } from "./support/commands.ts";
import { eventually, TestNode } from "./support/node.ts";

const timeout = 60_000;
const server = new TestNode({ name: "srv", env: { K3S_TOKEN: "t" } });
const versions = versionedKubectls();
const executables =
  versions.length > 0 ? [versions[0] as string, versions.at(-1) as string] : [findKubectl()];

beforeAll(async () => {
  server.startServer(["--node-label", "tier=x"]);
  await server.waitForLog("Annotations and labels have been set");
  await new Kubectl(server).run(["wait", "--for=condition=Ready", "node/srv", "--timeout=30s"]);
}, timeout);

afterAll(() => server.dispose());

describe.each([...new Set(executables)].map((file) => [basename(file), file]))(
  "%s",
  (name, file) => {
    const kubectl = new Kubectl(server, file);
    const prefix = name.replaceAll(".", "-");

    test("prints nodes as tables and reads their fields", { timeout }, async () => {
      const table = (await kubectl.run(["get", "nodes", "-o", "wide"])).split("\n");
      expect(table[0]?.split(/\s{2,}/)).toEqual([
        "NAME",
        "STATUS",
        "ROLES",
        "AGE",
        "VERSION",
        "INTERNAL-IP",
        "EXTERNAL-IP",
        "OS-IMAGE",
        "KERNEL-VERSION",
        "CONTAINER-RUNTIME",
      ]);
      expect(table[1]).toMatch(
        new RegExp(`^srv +Ready +control-plane +\\d+s +v1\\.36\\.4\\+k3s1 +${server.address} `),
      );
      expect(
        await kubectl.run(["get", "node", "srv", "-o", "jsonpath={.status.capacity.memory}"]),
      ).toMatch(/^[1-9]\d*[KMG]i$/);
      expect(await kubectl.run(["get", "no", "-l", "tier=x", "-o", "name"])).toBe("node/srv\n");
      expect(await kubectl.run(["get", "no", "-l", "tier notin (x)", "-o", "name"])).toBe("");
      expect(await kubectl.run(["describe", "node", "srv"])).toContain("KubeletReady");
    });

    test("creates, applies, patches, labels and deletes a ConfigMap", { timeout }, async () => {
      const cm = `${prefix}-cm`;
      await kubectl.run(["create", "configmap", cm, "--from-literal=a=1"]);
      const again = await kubectl.try(["create", "configmap", cm, "--from-literal=a=1"]);
      expect(again.stderr).toContain(`configmaps "${cm}" already exists`);
      const manifest = (data: string): string =>
        `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${cm}-applied\ndata:\n${data}`;
      expect(await kubectl.run(["apply", "-f", "-"], manifest('  a: "1"\n  b: "2"\n'))).toContain(
        "created",
      );
      expect(await kubectl.run(["apply", "-f", "-"], manifest('  a: "1"\n  b: "2"\n'))).toContain(
        "unchanged",
      );
      expect(await kubectl.run(["apply", "-f", "-"], manifest('  b: "3"\n'))).toContain(
        "configured",
      );
      expect(
        JSON.parse(await kubectl.run(["get", "cm", `${cm}-applied`, "-o", "jsonpath={.data}"])),
      ).toEqual({ b: "3" });
      await kubectl.run([
        "patch",
        "cm",
        `${cm}-applied`,
        "--type",
        "merge",
        "-p",
        '{"data":{"b":null,"c":"4"}}',
      ]);
      await kubectl.run([
        "patch",
        "cm",
        `${cm}-applied`,
        "--type",
        "json",
        "-p",
        '[{"op":"add","path":"/data/d","value":"5"}]',
      ]);
      await kubectl.run(["label", "cm", `${cm}-applied`, "team=core"]);
      await kubectl.run(["annotate", "cm", `${cm}-applied`, "note=hello"]);
      const found = await kubectl.json<{
        data: object;
        metadata: { labels: object; annotations: Record<string, string> };
      }>(["get", "cm", `${cm}-applied`]);
      expect(found.data).toEqual({ c: "4", d: "5" });
      expect(found.metadata.labels).toEqual({ team: "core" });
      expect(found.metadata.annotations["note"]).toBe("hello");
      expect(await kubectl.run(["get", "cm", "-l", "team=core"])).toMatch(
        new RegExp(`NAME +DATA +AGE\n${cm}-applied +2 +`),
      );
      await kubectl.run(["delete", "cm", cm, `${cm}-applied`]);
      expect((await kubectl.try(["get", "cm", cm])).stderr).toContain(
        `configmaps "${cm}" not found`,
      );
    });

    test("applies on the server's side and reports conflicts", { timeout }, async () => {
      const cm = `${prefix}-ssa`;
      const manifest = (data: string): string =>
        JSON.stringify({
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: cm },
          data: JSON.parse(data) as object,
        });
      await kubectl.run(
        ["apply", "--server-side", "--field-manager=one", "-f", "-"],
        manifest('{"a":"1","b":"2"}'),
      );
      await kubectl.run(
        ["apply", "--server-side", "--field-manager=one", "-f", "-"],
        manifest('{"a":"1"}'),
      );
      expect(JSON.parse(await kubectl.run(["get", "cm", cm, "-o", "jsonpath={.data}"]))).toEqual({
        a: "1",
      });
      const clash = await kubectl.try(
        ["apply", "--server-side", "--field-manager=two", "-f", "-"],
        manifest('{"a":"9"}'),
      );
      expect(clash.stderr).toContain("conflict");
      await kubectl.run(
        ["apply", "--server-side", "--field-manager=two", "--force-conflicts", "-f", "-"],
        manifest('{"a":"9"}'),
      );
      expect(await kubectl.run(["get", "cm", cm, "-o", "jsonpath={.data.a}"])).toBe("9");
    });

    test("refuses what is invalid and writes nothing on a dry run", { timeout }, async () => {
      const bad = await kubectl.try(["create", "configmap", "Bad_Name"]);
      expect(bad.stderr).toMatch(/invalid|Invalid/);
      await kubectl.run(["create", "configmap", `${prefix}-dry`, "--dry-run=server"]);
      expect((await kubectl.try(["get", "cm", `${prefix}-dry`])).code).toBe(1);
      const unknownKind = await kubectl.try(
        ["apply", "-f", "-"],
        "apiVersion: x.example/v1\nkind: Thing\nmetadata:\n  name: a\n",
      );
      expect(unknownKind.stderr).toContain('no matches for kind "Thing"');
      const stale = await kubectl.json<{ metadata: { resourceVersion: string } }>([
        "get",
        "ns",
        "default",
      ]);
      await kubectl.run(["label", "ns", "default", `${prefix}=1`]);
      const conflict = await kubectl.try(["replace", "-f", "-"], JSON.stringify(stale));
      expect(conflict.stderr).toContain("the object has been modified");
    });

    test("a namespace goes with its content", { timeout }, async () => {
      const namespace = `${prefix}-ns`;
      await kubectl.run(["create", "namespace", namespace]);
      await kubectl.run([
        "-n",
        namespace,
        "create",
        "secret",
        "generic",
        "s",
        "--from-literal=k=v",
      ]);
      expect(
        await kubectl.run(["-n", namespace, "get", "secret", "s", "-o", "jsonpath={.data.k}"]),
      ).toBe(Buffer.from("v").toString("base64"));
      expect(
        (await kubectl.try(["-n", "nowhere", "create", "secret", "generic", "s"])).stderr,
      ).toContain('namespaces "nowhere" not found');
      await kubectl.run(["delete", "namespace", namespace, "--timeout=20s"]);
      expect((await kubectl.try(["get", "namespace", namespace])).stderr).toContain("not found");
      expect((await kubectl.try(["-n", namespace, "get", "secret", "s"])).stderr).toContain(
        "not found",
      );
    });

    test("watches and waits", { timeout }, async () => {
      const cm = `${prefix}-watched`;
      await kubectl.run(["create", "configmap", cm, "--from-literal=n=0"]);
      const child = spawn(file, ["get", "cm", cm, "-w", "-o", "jsonpath={.data.n};"], {
        env: {
          PATH: process.env["PATH"] ?? "",
          HOME: "/nonexistent",
          KUBECONFIG: server.kubeconfig,
        },
      });
      let seen = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => (seen += text));
      try {
        await eventually(() => seen === "0;");
        for (const n of ["1", "2"]) {
          await kubectl.run(["patch", "cm", cm, "-p", JSON.stringify({ data: { n } })]);
          await eventually(() => seen.endsWith(`${n};`));
        }
        expect(seen).toBe("0;1;2;");
      } finally {
        child.kill();
      }
      const deleted = kubectl.run(["wait", "--for=delete", `configmap/${cm}`, "--timeout=20s"]);
      await kubectl.run(["delete", "cm", cm, "--wait=false"]);
      await deleted;
      await kubectl.run(["wait", "--for=condition=Ready", "node/srv", "--timeout=10s"]);
    });

    test("cordons and taints a node", { timeout }, async () => {
      await kubectl.run(["cordon", "srv"]);
      expect(await kubectl.nodes()).toEqual({ srv: "Ready,SchedulingDisabled" });
      await kubectl.run(["uncordon", "srv"]);
      await kubectl.run(["taint", "node", "srv", "k=v:NoSchedule"]);
      expect(
        await kubectl.run(["get", "node", "srv", "-o", "jsonpath={.spec.taints[0].key}"]),
      ).toBe("k");
      await kubectl.run(["taint", "node", "srv", "k-"]);
      expect(await kubectl.run(["get", "node", "srv", "-o", "jsonpath={.spec.taints}"])).toMatch(
        /^(\[\])?$/,
      );
    });

    test("knows what the API serves", { timeout }, async () => {
      expect(await kubectl.run(["api-resources", "--no-headers", "-o", "name"])).toContain(
        "deployments.apps",
      );
      expect(await kubectl.run(["api-versions"])).toContain("coordination.k8s.io/v1");
      expect(await kubectl.run(["version", "-o", "json"])).toContain(
        '"gitVersion": "v1.36.4+k3s1"',
      );
      expect(await kubectl.run(["get", "all,cm,leases", "-A"])).toContain("service/kubernetes");
      expect(await kubectl.run(["cluster-info"])).toContain("control plane");
      expect(await kubectl.run(["get", "--raw", "/livez"])).toBe("ok");
    });
  },
);
