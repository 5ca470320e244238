import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { onEveryEngine } from "../support/suite.js";
import { freePort } from "../../engine/host/free-port.ts";
import { type World } from "../support/world.js";

/** A config with most fields; `$NAME`, `${TEAM}` and `$PORT` come from the environment. */
const FULL = `apiVersion: k3d.io/v1alpha5
kind: Simple
metadata:
  name: $NAME
servers: 1
agents: 3
token: from-the-file
kubeAPI:
  hostIP: 127.0.0.1
ports:
  - port: 127.0.0.1:$PORT:8080
    nodeFilters: ["agent:0"]
env:
  - envVar: TEAM=\${TEAM}
    nodeFilters: ["server:*", "agent:0"]
  - envVar: PRICE=5$
    nodeFilters: ["server:0"]
files:
  - description: applied by k3s
    source: |
      apiVersion: v1
      kind: ConfigMap
      metadata: { name: from-file, namespace: default }
      data: { team: inline }
    destination: k3s-manifests-custom/inline.yaml
    nodeFilters: ["server:0"]
  - source: files/motd
    destination: /etc/motd
  - source: files/motd
    destination: /opt/only/here
    nodeFilters: ["agent:0"]
registries:
  config: |
    mirrors:
      docker.io:
        endpoint: ["http://mirror.example:5000"]
hostAliases:
  - ip: 10.9.8.7
    hostnames: [db.example]
options:
  k3d:
    timeout: 150s
  k3s:
    nodeLabels:
      - label: tier=web
        nodeFilters: ["agent:*"]
  runtime:
    labels:
      - label: team=\${TEAM}
        nodeFilters: ["server:0"]
`;

onEveryEngine("config files", (world, engine) => {
  describe("with every kind of field", () => {
    let w: World;
    let cluster: string;
    let port: number;
    const node = (name: string): string => `k3d-${cluster}-${name}`;
    const sh = (name: string, script: string): Promise<string> =>
      engine.client("exec", node(name), "sh", "-c", script);

    beforeAll(async () => {
      w = world();
      cluster = w.name("cfg");
      port = await freePort();
      await mkdir(join(w.home, "project/files"), { recursive: true });
      await writeFile(join(w.home, "project/files/motd"), "hello\n");
      await writeFile(join(w.home, "project/k3d.yaml"), FULL);
      // Paths in the file start at the file, not at the working directory.
      const result = await w.run(
        [
          "cluster",
          "create",
          "--config",
          "project/k3d.yaml",
          "--token",
          "from-the-flag",
          "-e",
          "MORE=1@agent:0",
        ],
        {
          cwd: w.home,
          env: {
            NAME: cluster,
            TEAM: "blue",
            PORT: `${port}`,
            K3D_AGENTS: "1",
            K3D_TOKEN: "from-the-environment",
          },
        },
      );
      expect(result.exitCode, result.stderr).toBe(0);
    });
    afterAll(async () => {
      const result = await w.run(["cluster", "delete", "--config", "project/k3d.yaml"], {
        cwd: w.home,
        env: { NAME: cluster, TEAM: "blue", PORT: `${port}` },
      });
      expect(result.exitCode, result.stderr).toBe(0);
      expect(await w.traces(cluster)).toEqual([]);
    });

    it("lets flags win over the environment, and that over the file", async () => {
      expect((await engine.containers(cluster)).map(({ name }) => name)).toEqual([
        node("agent-0"),
        node("server-0"),
        node("serverlb"),
      ]);
      const { Env } = (await engine.inspect(node("agent-0"))).Config;
      expect(Env).toContain("K3S_TOKEN=from-the-flag");
    });

    it("appends lists of flags to those of the file", async () => {
      const { Env } = (await engine.inspect(node("agent-0"))).Config;
      expect(Env).toEqual(expect.arrayContaining(["TEAM=blue", "MORE=1"]));
    });

    it("puts variables in, and leaves a $ without a name", async () => {
      const { Env, Labels } = (await engine.inspect(node("server-0"))).Config;
      expect(Env).toEqual(expect.arrayContaining(["TEAM=blue", "PRICE=5$"]));
      expect(Labels).toMatchObject({ team: "blue", "k3d.cluster": cluster });
    });

    it("places files, inline and by path, on their nodes before the first start", async () => {
      expect(await sh("server-0", "cat /etc/motd")).toBe("hello");
      expect(await sh("agent-0", "cat /etc/motd /opt/only/here")).toBe("hello\nhello");
      expect(await sh("server-0", "ls /opt/only/here 2>&1 || true")).toContain("No such file");
      const data = (): Promise<string> =>
        w.kubectl("get", "configmap", "from-file", "-o", "jsonpath={.data.team}").catch(() => "");
      await expect.poll(data, { timeout: 60_000 }).toBe("inline");
    });

    it("publishes ports, labels nodes, and writes registries and aliases", async () => {
      const { Ports } = (await engine.inspect(node("serverlb"))).NetworkSettings;
      expect(Ports["8080/tcp"]).toEqual([{ HostIp: "127.0.0.1", HostPort: `${port}` }]);
      expect(Ports["6443/tcp"]?.[0]?.HostIp).toBe("127.0.0.1");
      expect(await w.kubectl("get", "nodes", "-l", "tier=web", "-o", "name")).toBe(
        `node/${node("agent-0")}`,
      );
      expect(await sh("agent-0", "cat /etc/rancher/k3s/registries.yaml")).toContain(
        "http://mirror.example:5000",
      );
      expect(await sh("agent-0", "cat /etc/hosts")).toMatch(/^10\.9\.8\.7\s.*db\.example/m);
    });
  });

  it("creates from the standard input, and from an old version", async () => {
    const w = world();
    const cluster = w.name("old");
    // Any other image cannot be had where no registry answers.
    const { images } = await w.json<{ images: { reference: string }[] }>(
      "cluster",
      "create",
      "--dry-run",
    );
    const image = images[0]?.reference ?? "";
    const input = `apiVersion: k3d.io/v1alpha2
kind: Simple
name: ${cluster}
image: ${image}
env:
  - envVar: A=b
    nodeFilters: ["server[0]"]
labels:
  - label: team=web
    nodeFilters: ["server[0]"]
options:
  k3d: { disableLoadbalancer: true, timeout: 60s, disableHostIPInjection: false }
  k3s:
    extraServerArgs: [--tls-san=my.host]
  kubeconfig: { updateDefaultKubeconfig: false }
`;
    const result = await w.run(["cluster", "create", "--config", "-"], {
      input,
      env: { K3D_IMAGE: "" },
    });
    expect(result.exitCode, result.stderr).toBe(0);
    const { Config, Args, Path } = await engine.inspect(`k3d-${cluster}-server-0`);
    expect(Config.Image).toBe(image);
    expect(Config.Env).toContain("A=b");
    expect(await w.traces(cluster)).not.toContain("kubeconfig entry");
    expect(Config.Labels["team"]).toBe("web");
    expect([Path, ...Args]).toContain("--tls-san=my.host");
    await w.k3d("cluster", "delete", cluster);
    expect(await w.traces(cluster)).toEqual([]);
  });
});
