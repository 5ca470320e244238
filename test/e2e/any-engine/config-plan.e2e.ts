import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, it } from "vitest";
import { onEveryEngine } from "../support/suite.js";

const V5 = `apiVersion: k3d.io/v1alpha5
kind: Simple
metadata: { name: plan }
servers: 3
agents: 2
image: k3d.test/node:1
token: secret
ports:
  - { port: "8080:80", nodeFilters: [loadbalancer] }
env:
  - { envVar: A=b, nodeFilters: ["agent:0"] }
options:
  k3s:
    extraArgs:
      - { arg: --disable=traefik, nodeFilters: ["server:*"] }
  runtime:
    labels:
      - { label: team=web, nodeFilters: ["agent:1"] }
`;

const rest = V5.slice(V5.indexOf("servers:"));

const V4 = V5.replace("v1alpha5", "v1alpha4");

const V3 = `apiVersion: k3d.io/v1alpha3\nkind: Simple\nname: plan\n${rest}`;

const V2 = `apiVersion: k3d.io/v1alpha2
kind: Simple
name: plan
${rest.slice(0, rest.indexOf("env:"))}env:
  - { envVar: A=b, nodeFilters: ["agent[0]"] }
labels:
  - { label: team=web, nodeFilters: ["agent[1]"] }
options:
  k3s:
    extraServerArgs: [--disable=traefik]
`;

const FLAGS =
  "plan -s 3 -a 2 -i k3d.test/node:1 --token secret -p 8080:80@loadbalancer -e A=b@agent:0 " +
  "--k3s-arg --disable=traefik@server:* --runtime-label team=web@agent:1";

onEveryEngine("plans of config files", (world, engine) => {
  const plan = async (args: string[], input?: string): Promise<Record<string, unknown>> => {
    const result = await world().run(["cluster", "create", ...args, "--dry-run", "-o", "json"], {
      env: { K3D_IMAGE: "" },
      input,
    });
    expect(result.exitCode, result.stderr).toBe(0);
    const parsed = JSON.parse(result.stdout) as Record<string, unknown>;
    // Filters in another grammar are another text of the config, so its hash may differ.
    return JSON.parse(
      result.stdout
        .replaceAll(parsed["clusterId"] as string, "random")
        .replaceAll(parsed["configHash"] as string, "hash"),
    ) as Record<string, unknown>;
  };

  it("plan the same from a file and from flags", async () => {
    const file = join(world().home, "plan.yaml");
    await writeFile(file, V5);
    const fromFile = await plan(["-c", file]);
    expect(fromFile).toMatchObject({ cluster: "plan", token: "***" });
    expect(await plan(FLAGS.split(" "))).toEqual(fromFile);
    expect(await engine.containers("plan")).toEqual([]);
  });

  it("plan the same from old versions, and from what config migrate makes of them", async () => {
    const current = await plan(["-c", "-"], V5);
    for (const old of [V4, V3, V2]) {
      expect(await plan(["-c", "-"], old)).toEqual(current);
      const migrated = await world().run(["config", "migrate", "-"], { input: old });
      expect(migrated.stdout).toMatch(/^apiVersion: k3d\.io\/v1alpha5$/m);
      expect(await plan(["-c", "-"], migrated.stdout)).toEqual(current);
    }
  });

  it("name a channel, whose newest release comes from its service, or not when that is away", async () => {
    const service = createServer((_request, response) => {
      response.writeHead(302, { location: "https://example.org/v1.31.5%2Bk3s1" }).end();
    });
    await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
    const { port } = service.address() as { port: number };
    const review = (image: string) =>
      world().run(["cluster", "create", "--dry-run", "-o", "json", "--image", image], {
        env: { K3D_CHANNEL_SERVER: `http://127.0.0.1:${port}` },
      });
    const { stdout } = await review("+v1.31");
    expect(stdout).toContain('"image": "docker.io/rancher/k3s:v1.31.5-k3s1"');
    await new Promise((resolve) => service.close(resolve));
    const started = performance.now();
    const away = await review("latest");
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(away.exitCode).toBe(6);
    expect(away.stderr).toMatch(/release channel "latest" cannot be read from .*ECONNREFUSED/);
    expect(away.stderr).toMatch(/^Hint: .*--image docker\.io\/rancher\/k3s:v/m);
  });

  it("are written as one bundle for each node, with what its image says", async () => {
    const w = world();
    const directory = join(w.home, "bundles");
    const written = await w.json<{ node: string; imageConfig: string }[]>(
      ..."cluster create plan --agents 1 --dry-run -o oci --output".split(" "),
      directory,
    );
    expect(written.map(({ node }) => node)).toEqual([
      "k3d-plan-server-0",
      "k3d-plan-agent-0",
      "k3d-plan-serverlb",
    ]);
    expect(new Set(written.map(({ imageConfig }) => imageConfig))).toEqual(new Set(["image"]));
    for (const { node } of written) {
      const text = await readFile(join(directory, node, "config.json"), "utf8");
      expect(JSON.parse(text)).toMatchObject({ ociVersion: "1.0.2", hostname: node });
    }
    expect(await engine.containers("plan")).toEqual([]);
  });

  it("come from config init", async () => {
    const w = world();
    expect((await w.run(["config", "init", "fresh", "-a", "1"], { cwd: w.home })).stdout).toBe(
      "k3d-default.yaml",
    );
    const text = await readFile(join(w.home, "k3d-default.yaml"), "utf8");
    expect(text).toMatch(/^# yaml-language-server: \$schema=k3d\.schema\.json\n/);
    expect(await plan(["-c", join(w.home, "k3d-default.yaml")])).toMatchObject({
      cluster: "fresh",
    });
    expect(JSON.parse(await w.k3d("config", "schema"))).toMatchObject({
      properties: { metadata: {} },
    });
  });

  it("leave no trace in the engine when they are wrong", async () => {
    const w = world();
    const everything = async (): Promise<unknown> => ({
      containers: (
        await engine.client("ps", "-a", "--filter", "name=wrong", "--format", "{{.Names}}")
      ).trim(),
      networks: (await engine.networks()).filter((name) => name.includes("wrong")),
      volumes: (await engine.volumes()).filter((name) => name.includes("wrong")),
    });
    const head = "apiVersion: k3d.io/v1alpha5\nkind: Simple\nmetadata: { name: wrong }\n";
    const wrong: [text: string, message: RegExp][] = [
      [`${head}server: 3\n`, /^Error: wrong\.yaml:4:1: .*"server".*did you mean "servers"/m],
      [`${head}servers: three\n`, /wrong\.yaml:4:10: .*three/],
      [
        `${head}ports:\n  - port: 8080:80\n    nodeFilters: ["sever:0"]\n`,
        /wrong\.yaml:6:\d+: .*sever/,
      ],
      [`${head}volumes:\n  - volume: /a:/b:wr\n`, /wrong\.yaml:5:\d+: .*wr/],
      [`${head}files:\n  - { source: missing.yaml, destination: /x }\n`, /missing\.yaml/],
      [
        `${head}options: { k3d: { disableLoadbalancer: true } }\nports: [{ port: "8080:80", nodeFilters: [loadbalancer] }]\n`,
        /load.?balancer/i,
      ],
      [`${head}registries: { create: { hostPort: "99999" } }\n`, /99999/],
      [`${head}options: { k3d: { imageVolume: wrong-volume } }\n`, /wrong-volume/],
      [head.replace("v1alpha5", "v1alpha9"), /wrong\.yaml:1:\d+: .*v1alpha9/],
      [`${head}  - : :\n`, /wrong\.yaml:\d+:\d+: /],
    ];
    for (const [text, message] of wrong) {
      await writeFile(join(w.home, "wrong.yaml"), text);
      const result = await w.run(["cluster", "create", "--config", "wrong.yaml"], { cwd: w.home });
      expect(result.stderr).toMatch(message);
      expect(result.stderr).toMatch(/^Hint: /m);
      expect([2, 3]).toContain(result.exitCode);
      expect(result.stdout).toBe("");
    }
    expect(await everything()).toEqual({ containers: "", networks: [], volumes: [] });
  });
});
