import { writeFile } from "node:fs/promises";
import { get } from "node:https";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { Registries } from "../support/registries.js";
import { onEveryEngine } from "../support/suite.js";
import { busyPort } from "../../engine/host/free-port.ts";

const PASSWORD = "pa55word-of-the-tests";

onEveryEngine("registry", (world, engine) => {
  const registries = new Registries(world);
  afterAll(() => registries.dispose());

  const server = (cluster: string): string => `k3d-${cluster}-server-0`;
  const agent = (cluster: string): string => `k3d-${cluster}-agent-0`;

  it("serves two clusters and survives the deletion of one, and of both", async () => {
    const w = world();
    const name = registries.name();
    const registry = await registries.create(name);
    expect(registry.name).toBe(`k3d-${name}`);
    const image = await registries.push(registry, "team/app:1");
    const [one, two] = [w.name("one"), w.name("two")];
    await w.k3d(
      "cluster",
      "create",
      one,
      "--agents",
      "1",
      "--registry-use",
      `${registry.name}:${registry.hostPort}`,
    );
    await w.k3d("cluster", "create", two, "--registry-use", name);
    for (const node of [server(one), agent(one), server(two)])
      await registries.expectPull(node, image);
    expect((await registries.get(name)).usedBy).toEqual([one, two].toSorted());

    const refused = await w.run(["registry", "delete", name]);
    expect(refused.exitCode, refused.stderr).toBe(5);
    expect(refused.stderr).toContain("REGISTRY_IN_USE");

    await w.k3d("cluster", "delete", one);
    expect(await w.traces(one)).toEqual([]);
    await registries.expectPull(server(two), image);
    await w.k3d("cluster", "delete", two);
    expect(await w.traces(two)).toEqual([]);
    expect(await registries.get(name)).toMatchObject({ status: "running", usedBy: [] });
    await w.k3d("registry", "delete", name);
    expect((await w.run(["registry", "list", name])).exitCode).toBe(3);
  });

  it("that is made with a cluster stays while another one uses it", async () => {
    const w = world();
    const [owner, guest] = [w.name("owner"), w.name("guest")];
    await w.k3d("cluster", "create", owner, "--registry-create", `${owner}-reg`);
    const image = await registries.push(await registries.get(`${owner}-reg`), "app:1");
    await w.k3d("cluster", "create", guest, "--registry-use", `${owner}-reg`);
    await w.k3d("cluster", "delete", owner);
    await registries.expectPull(server(guest), image);
    await w.k3d("cluster", "delete", guest);
    await w.k3d("prune", "--force", "--filter", `cluster=${owner}`);
    expect(await w.traces(owner)).toEqual([]);
  });

  it("with TLS and a password serves nodes, and keeps its secrets", async () => {
    const w = world();
    const [name, cluster] = [registries.name(), w.name("safe")];
    const created = await w.run(
      ["registry", "create", name, "--tls", "--username", "dev", "--password-stdin"],
      { input: `${PASSWORD}\n` },
    );
    expect(created.exitCode, created.stderr).toBe(0);
    const registry = await registries.get(name);
    const ca = await w.k3d("registry", "ca", name);
    expect(await status(registry.hostPort, ca)).toBe(401);
    expect(await status(registry.hostPort, ca, `dev:${PASSWORD}`)).toBe(200);

    const image = await registries.push(registry, "app:1", `dev:${PASSWORD}`);
    await w.k3d("cluster", "create", cluster, "--registry-use", name);
    await registries.expectPull(server(cluster), image);
    await w.k3d("registry", "disconnect", name, cluster);
    await w.k3d("registry", "connect", name, cluster);
    const second = await registries.push(registry, "app:2", `dev:${PASSWORD}`);
    await registries.expectPull(server(cluster), second);

    // What connect did is no difference; a file without the registry takes it away from nodes that run.
    const [using, without] = [join(w.home, "using.yaml"), join(w.home, "without.yaml")];
    const base = `apiVersion: k3d.io/v1alpha5\nkind: Simple\nmetadata: { name: ${cluster} }\n`;
    await writeFile(using, `${base}registries: { use: [${name}] }\n`);
    await writeFile(without, base);
    const { Id, State } = await engine.inspect(server(cluster));
    const same = await w.run(["cluster", "diff", "--config", using]);
    expect(same.exitCode, same.stdout).toBe(0);
    await w.k3d("cluster", "apply", "--config", without);
    expect(await engine.inspect(server(cluster))).toMatchObject({
      Id,
      State: { StartedAt: State.StartedAt },
    });
    expect((await registries.get(name)).usedBy).toEqual([]);
    const third = await registries.push(registry, "app:3", `dev:${PASSWORD}`);
    expect(await registries.pulls(server(cluster), third)).toBe(false);
    await w.k3d("cluster", "apply", "--config", using);
    await registries.expectPull(server(cluster), third);

    const seen = await Promise.all([
      engine.inspect(registry.name).then((inspection) => JSON.stringify(inspection)),
      registries.logs(registry.name),
      w.k3d("registry", "list", "-o", "json"),
      w.k3d("cluster", "list", "-o", "json"),
    ]);
    expect([...seen, created.stdout, created.stderr].join("\n")).not.toContain(PASSWORD);
    await w.k3d("cluster", "delete", cluster);
  });

  it("caches several upstreams, made by one command", async () => {
    const w = world();
    const [up, other, cache, cluster] = [
      registries.name("up"),
      registries.name("up"),
      registries.name("cache"),
      w.name("cached"),
    ];
    const upstreams = [await registries.create(up), await registries.create(other)];
    for (const upstream of upstreams) await registries.push(upstream, "app:1");
    const addresses = await Promise.all(
      upstreams.map(
        async (upstream) =>
          Object.values((await engine.inspect(upstream.name)).NetworkSettings.Networks)[0]
            ?.IPAddress ?? "",
      ),
    );
    const flags = addresses.flatMap((address) => ["--proxy-remote-url", `http://${address}:5000`]);
    const made = await w.json<{ name: string; proxies: string }[]>(
      "registry",
      "create",
      cache,
      "--default-network",
      await networkOf(upstreams[0]?.name ?? ""),
      ...flags,
    );
    expect(made.map(({ proxies }) => proxies).toSorted()).toEqual(
      addresses.map((address) => `${address}:5000`).toSorted(),
    );

    await w.k3d("cluster", "create", cluster, "--registry-use", cache);
    for (const { name, proxies } of made) {
      // A node asks the upstream itself where the cache does not answer at once: only the cache can
      // tell that it was asked.
      const asked = async (): Promise<string> => {
        await registries.expectPull(server(cluster), `${proxies}/app:1`);
        return registries.logs(name);
      };
      await expect
        .poll(asked, { timeout: 60_000 })
        .toMatch(/"(?:GET|HEAD) \/v2\/app\/manifests\/1 HTTP\/1\.1" 200/);
    }
    expect(
      await w.kubectlFails("get", "configmap", "local-registry-hosting", "-n", "kube-public"),
    ).toBe(true);
    await w.k3d("cluster", "delete", cluster);
    expect(await w.json("registry", "delete", cache)).toEqual({
      deleted: made.map(({ name }) => name).toSorted(),
    });
  });

  it("that is made with a cluster is known to its tools and goes with it", async () => {
    const w = world();
    const cluster = w.name("own");
    const mirrors = join(w.home, "registries.yaml");
    await writeFile(
      mirrors,
      "mirrors:\n  mirrored.example.org:\n    endpoint: [http://REGISTRY:5000]\n".replace(
        "REGISTRY",
        `${cluster}-reg`,
      ),
    );
    await w.k3d(
      "cluster",
      "create",
      cluster,
      "--registry-create",
      `${cluster}-reg:127.0.0.1`,
      "--registry-config",
      mirrors,
    );
    const registry = await registries.get(`${cluster}-reg`);
    const image = await registries.push(registry, "app:1");
    await registries.expectPull(server(cluster), image);
    await registries.expectPull(server(cluster), "mirrored.example.org/app:1");

    const map = JSON.parse(
      await w.kubectl(
        "get",
        "configmap",
        "local-registry-hosting",
        "-n",
        "kube-public",
        "-o",
        "json",
      ),
    ) as { data: Record<string, string> };
    expect(parse(map.data["localRegistryHosting.v1"] ?? "")).toMatchObject({
      host: `localhost:${registry.hostPort}`,
      hostFromContainerRuntime: `${cluster}-reg:5000`,
      hostFromClusterNetwork: `${cluster}-reg:5000`,
    });
    const volumes = await w.volumesOf(cluster);
    await w.k3d("cluster", "delete", cluster);
    expect(await w.traces(cluster, volumes)).toEqual([]);
  });

  it("is stopped and started with its port and its images", async () => {
    const w = world();
    const name = registries.name();
    const before = await registries.create(name);
    await registries.push(before, "app:1");
    await w.k3d("registry", "stop", name);
    expect(await registries.get(name)).toMatchObject({
      status: "stopped",
      hostPort: before.hostPort,
    });
    await w.k3d("registry", "start", name);
    expect(await registries.get(name)).toMatchObject({
      status: "running",
      hostPort: before.hostPort,
    });
    const tags = await fetch(`http://127.0.0.1:${before.hostPort}/v2/app/tags/list`);
    expect(await tags.json()).toEqual({ name: "app", tags: ["1"] });
  });

  it("frees what deleted images left, and takes them again", async () => {
    const name = registries.name();
    await world().k3d("registry", "create", name, "--delete-enabled", "--enforce-port-match");
    const registry = await registries.get(name);
    expect((await engine.inspect(registry.name)).Config.Env).toEqual(
      expect.arrayContaining([
        `REGISTRY_HTTP_ADDR=:${registry.hostPort}`,
        "REGISTRY_STORAGE_DELETE_ENABLED=true",
      ]),
    );
    await registries.push(registry, "app:1");
    const manifests = `http://127.0.0.1:${registry.hostPort}/v2/app/manifests`;
    const accept = {
      accept:
        "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json",
    };
    const { headers } = await fetch(`${manifests}/1`, { method: "HEAD", headers: accept });
    const digest = headers.get("docker-content-digest") ?? "";
    expect((await fetch(`${manifests}/${digest}`, { method: "DELETE" })).status).toBe(202);
    const stored = async (): Promise<number> => {
      const found = "find /var/lib/registry/docker/registry/v2/blobs -name data";
      return (await engine.client("exec", registry.name, "sh", "-c", found))
        .split("\n")
        .filter(Boolean).length;
    };
    const before = await stored();
    expect(before).toBeGreaterThan(2);
    const gc = ["registry", "gc", name];
    const garbage = { name: registry.name, blobs: before };
    expect(await world().json(...gc, "--dry-run")).toMatchObject([{ ...garbage, dryRun: true }]);
    expect(await stored()).toBe(before);
    expect(await world().json(...gc)).toMatchObject([{ ...garbage, dryRun: false }]);
    expect(await stored()).toBe(0);
    await registries.push(registry, "app:1");
    expect((await fetch(`${manifests}/1`, { headers: accept })).status).toBe(200);
    expect(await stored()).toBe(before);
  });

  it("comes with a word on how to use it, with its real port", async () => {
    const w = world();
    const name = registries.name();
    const help = await w.k3d("registry", "create", name);
    const { hostPort } = await registries.get(name);
    expect(help).toContain(`localhost:${hostPort}/`);
    expect(help).toContain(`--registry-use k3d-${name}:${hostPort}`);
  });

  describe("bad input", () => {
    it.each([
      { why: "a port that is none", args: ["-p", "70000"], code: 2, message: /70000/ },
      {
        why: "a URL that is none",
        args: ["--proxy-remote-url", "ghcr.io"],
        code: 2,
        message: /ghcr\.io/,
      },
      {
        why: "a URL with a password, which stays unsaid",
        args: ["--proxy-remote-url", `ftp://me:${PASSWORD}@ghcr.io`],
        code: 2,
        message: new RegExp(`^(?![^]*${PASSWORD})`),
      },
      {
        why: "credentials without an upstream",
        args: ["--proxy-username", "me"],
        code: 2,
        message: /upstream/,
      },
      {
        why: "a user without a password",
        args: ["--proxy-remote-url", "https://ghcr.io", "--proxy-username", "me"],
        code: 2,
        message: /password/,
      },
      {
        why: "an upstream that cannot be reached",
        args: ["--proxy-remote-url", "http://127.0.0.1:9"],
        code: 10,
        message: /connection refused/,
      },
      {
        why: "an unknown network",
        args: ["--default-network", "no-such-network"],
        code: 3,
        message: /no-such-network/,
      },
      { why: "a volume that is none", args: ["-v", ":/x"], code: 2, message: /volume/ },
      {
        why: "a certificate without its key",
        args: ["--tls-cert", "/dev/null"],
        code: 2,
        message: /tls-key/,
      },
    ])("refuses $why and leaves nothing", async ({ args, code, message }) => {
      const w = world();
      const name = registries.name("bad");
      const result = await w.run(["registry", "create", name, ...args]);
      expect(result.exitCode, result.stderr).toBe(code);
      expect(result.stderr).toMatch(message);
      expect(
        await engine.client("ps", "-a", "--filter", `name=k3d-${name}`, "--format", "{{.Names}}"),
      ).toBe("");
    });

    it("refuses a busy port", async () => {
      const w = world();
      const name = registries.name("bad");
      const { port, close } = await busyPort();
      try {
        const result = await w.run(["registry", "create", name, "-p", `${port}`]);
        expect(result.exitCode, result.stderr).toBe(5);
        expect(result.stderr).toContain(`${port}`);
        expect(
          await engine.client("ps", "-a", "--filter", `name=k3d-${name}`, "--format", "{{.Names}}"),
        ).toBe("");
      } finally {
        await close();
      }
    });

    it("refuses a name that is taken", async () => {
      const w = world();
      const name = registries.name("bad");
      const { name: container } = await registries.create(name);
      const id = (await engine.inspect(container)).Id;
      const result = await w.run(["registry", "create", name]);
      expect(result.exitCode, result.stderr).toBe(4);
      expect((await engine.inspect(container)).Id).toBe(id);
    });

    it.each([
      ["registry", "delete", "no-such-registry"],
      ["registry", "connect", "no-such-registry", "demo"],
      ["cluster", "create", "unmade", "--registry-use", "no-such-registry"],
    ])("knows no registry of another name: %s %s", async (...args) => {
      const result = await world().run(args);
      expect(result.exitCode, result.stderr).toBe(3);
      expect(result.stderr).toContain("no-such-registry");
    });
  });

  async function networkOf(container: string): Promise<string> {
    return Object.keys((await engine.inspect(container)).NetworkSettings.Networks)[0] ?? "";
  }
});

/** HTTP status of a registry's root, with its certificate checked. */
function status(port: number, ca: string, auth?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ host: "localhost", port, path: "/v2/", ca, auth }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on("error", reject);
  });
}
