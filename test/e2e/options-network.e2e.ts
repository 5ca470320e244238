import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Engine, Inspection } from "./support/engine.js";
import { onEveryEngine } from "./support/suite.js";
import { freePort, isFreePort } from "../engine/host/free-port.ts";
import { type World } from "./support/world.js";

const CA = "-----BEGIN CERTIFICATE-----\nnot read by anything here\n-----END CERTIFICATE-----\n";
const MIRROR = "http://mirror.example:5000";

/** What the tests below look at. */
interface Made {
  w: World;
  cluster: string;
  directory: string;
  /** Standard error of the creation. */
  warnings: string;
  ports: { six: number; range: number; registry: number };
  inspect: (node: string) => Promise<Inspection>;
  sh: (node: string, script: string) => Promise<string>;
}

onEveryEngine("create options of networks, registries and the boot script", (world, engine) => {
  // Of the others `k3d runtime-info` says that nothing is reached at ::1: they have no capability ipv6Loopback.
  const six = engine.name === "docker" ? "::1" : "127.0.0.1";
  let made: Made | undefined;
  const get = (): Made => {
    if (made === undefined) throw new Error("no cluster");
    return made;
  };

  beforeAll(async () => {
    const w = world();
    const cluster = w.name("net");
    const directory = join(w.home, "files");
    await mkdir(directory);
    await writeFile(join(directory, "ca.pem"), CA);
    await writeFile(
      join(directory, "registries.yaml"),
      `mirrors:\n  docker.io:\n    endpoint: ["${MIRROR}"]\n`,
    );
    const ports = { six: await freePort(), range: await freeRange(), registry: await freePort() };
    const result = await w.run(
      [
        "cluster",
        "create",
        cluster,
        ...`--agents 1 --timeout 150s --api-port 127.0.0.1:random --no-image-volume
        -p ${six.includes(":") ? `[${six}]` : six}:${ports.six}:8088@agent:0
        -p 127.0.0.1:${ports.range}-${ports.range + 1}:7000-7001@agent:0:direct
        -v plain-${cluster}:/plain@server:0 -v ${directory}/made/here:/made@agent:0
        --proxy-ca ca.pem --registry-config registries.yaml --enforce-registry-port-match
        --registry-create reg-${cluster}:127.0.0.1:${ports.registry}
        --lb-config-override settings.defaultProxyTimeout=17 --subnet auto
        --kubeconfig-switch-context=false`.split(/\s+/),
      ],
      {
        cwd: directory,
        env: { K3D_FIX_DNS: "0", K3D_FIX_CGROUPV2: "false", K3D_FIX_MOUNTS: "1" },
      },
    );
    expect(result.exitCode, result.stderr).toBe(0);
    const node = (name: string): string =>
      name === "registry" ? `reg-${cluster}` : `k3d-${cluster}-${name}`;
    made = {
      w,
      cluster,
      directory,
      warnings: result.stderr,
      ports,
      inspect: (name) => engine.inspect(node(name)),
      sh: (name, script) => engine.client("exec", node(name), "sh", "-c", script),
    };
  });
  afterAll(async () => {
    if (made === undefined) return;
    const { w, cluster } = made;
    await w.k3d("cluster", "delete", cluster);
    expect(await w.traces(cluster)).toEqual([]);
    // It is the user's by its name.
    await engine.client("volume", "rm", `plain-${cluster}`);
  });

  it("--port with an address of the host leads through the load balancer", async () => {
    const { inspect, sh, ports } = get();
    const published = (await inspect("serverlb")).NetworkSettings.Ports["8088/tcp"];
    expect(published).toEqual([{ HostIp: six, HostPort: `${ports.six}` }]);
    expect(await sh("serverlb", "cat /etc/confd/values.yaml")).toMatch(/8088\.tcp:\n.*agent-0\n/);
  });

  it("--port with a range is published directly on its node", async () => {
    const { inspect, ports } = get();
    const { Ports } = (await inspect("agent-0")).NetworkSettings;
    for (const step of [0, 1]) {
      expect(Ports[`${7000 + step}/tcp`]).toEqual([
        { HostIp: "127.0.0.1", HostPort: `${ports.range + step}` },
      ]);
    }
  });

  it("--api-port binds to an address that clients use", async () => {
    const { inspect, w } = get();
    const [published] = (await inspect("serverlb")).NetworkSettings.Ports["6443/tcp"] ?? [];
    expect(published?.HostIp).toBe("127.0.0.1");
    expect((await inspect("server-0")).Config.Labels).toMatchObject({
      "k3d.server.api.hostIP": "127.0.0.1",
      "k3d.server.api.host": "127.0.0.1",
      "k3d.server.api.port": published?.HostPort,
    });
    const servers = await w.kubectl(
      "config",
      "view",
      "-o",
      "jsonpath={.clusters[*].cluster.server}",
    );
    expect(servers).toBe(`https://127.0.0.1:${published?.HostPort}`);
  });

  it("--kubeconfig-switch-context=false leaves the current context alone", async () => {
    const { w, cluster } = get();
    const config = await w.kubectl(
      "config",
      "view",
      "-o",
      "jsonpath={.current-context}|{.contexts[*].name}",
    );
    expect(config).toBe(`|k3d-${cluster}`);
    expect(await w.kubectl("--context", `k3d-${cluster}`, "get", "--raw", "/readyz")).toBe("ok");
  });

  it("--no-image-volume leaves /k3d/images out of every node", async () => {
    const { inspect, cluster } = get();
    for (const name of ["server-0", "agent-0", "serverlb"]) {
      const { Mounts, Config } = await inspect(name);
      expect(Mounts.map(({ Destination }) => Destination)).not.toContain("/k3d/images");
      expect(Config.Labels["k3d.cluster.imageVolume"]).toBeUndefined();
    }
    expect(await engine.volumes()).not.toContain(`k3d-${cluster}-images`);
  });

  it("--volume with a path that is not there gets an empty directory and a warning", async () => {
    const { sh, directory, warnings } = get();
    await sh("agent-0", "echo from-the-node >/made/file");
    expect(await readFile(join(directory, "made/here/file"), "utf8")).toBe("from-the-node\n");
    expect(warnings).toContain(`'${directory}/made/here' does not exist`);
  });

  it("--volume with a name that is not k3d's makes a volume that belongs to no cluster", async () => {
    const { inspect, cluster } = get();
    const name = `plain-${cluster}`;
    expect(
      (await inspect("server-0")).Mounts.find(({ Destination }) => Destination === "/plain")?.Name,
    ).toBe(name);
    const labels = await engine.client("volume", "inspect", name, "--format", "{{json .Labels}}");
    // Only what undo finds it by.
    expect(Object.keys(JSON.parse(labels) as object)).toEqual(["k3d.operation"]);
  });

  it("--proxy-ca places the authority in every k3s node, without a proxy in the environment", async () => {
    const { sh, inspect } = get();
    for (const name of ["server-0", "agent-0"]) {
      expect(await sh(name, "cat /etc/ssl/certs/k3d-proxy-ca.pem")).toBe(CA.trimEnd());
      expect((await inspect(name)).Config.Env.filter((entry) => /_PROXY=/i.test(entry))).toEqual(
        [],
      );
    }
  });

  it("--registry-config is merged over what k3d says of the new registry", async () => {
    const { sh, cluster, ports } = get();
    for (const name of ["server-0", "agent-0"]) {
      const written = await sh(name, "cat /etc/rancher/k3s/registries.yaml");
      expect(written).toContain(MIRROR);
      expect(written).toContain(`http://reg-${cluster}:${ports.registry}`);
    }
  });

  it("--enforce-registry-port-match lets the registry listen on the same port inside", async () => {
    const { inspect, ports } = get();
    const { Config, NetworkSettings } = await inspect("registry");
    expect(NetworkSettings.Ports[`${ports.registry}/tcp`]).toEqual([
      { HostIp: "127.0.0.1", HostPort: `${ports.registry}` },
    ]);
    expect(Config.Labels).toMatchObject({
      "k3d.role": "registry",
      "k3s.registry.port.internal": `${ports.registry}`,
      "k3s.registry.port.external": `${ports.registry}`,
    });
    const { status } = await fetch(`http://127.0.0.1:${ports.registry}/v2/`);
    expect(status).toBe(200);
  });

  it("--lb-config-override sets the time after which idle connections end", async () => {
    const { sh } = get();
    expect(await sh("serverlb", "cat /etc/nginx/nginx.conf")).toMatch(/proxy_timeout 17s?;/);
    expect(await sh("serverlb", "cat /etc/confd/values.yaml")).toMatch(
      /defaultProxyTimeout: 17\n?/,
    );
  });

  it("K3D_FIX_* switch the parts of the boot script", async () => {
    const { sh } = get();
    const script = await sh("agent-0", "cat /bin/k3d-entrypoint.sh");
    expect(script).not.toMatch(/K3D_RESOLVER|cgroup\.subtree_control/);
    expect(script).toContain("mount --make-rshared /");
    expect(await sh("agent-0", "grep ' / / ' /proc/self/mountinfo")).toMatch(/ shared:\d+ /);
    expect(await sh("agent-0", "ls /etc/k3d 2>/dev/null || true")).not.toContain("resolv.conf");
  });
});

onEveryEngine("create options that this machine's engine refuses", (world, engine) => {
  it("--gpus and sctp ports reach the engine; --no-rollback keeps what it made", async () => {
    const w = world();
    const cluster = w.name("gpu");
    const port = await freePort();
    const result = await w.run([
      "cluster",
      "create",
      cluster,
      ...`--gpus all --no-lb --no-rollback --timeout 30s
      -p 127.0.0.1:${port}:9899/sctp@server:0:direct`.split(/\s+/),
    ]);
    expect(result.exitCode, result.stderr).not.toBe(0);
    expect(result.stderr).toMatch(/gpu|device/i);
    expect(await askedOf(engine, cluster)).toEqual(asked(port)[engine.name]);
    await w.k3d("cluster", "delete", cluster);
    expect(await w.traces(cluster)).toEqual([]);
  });

  it("names what cannot be done, and leaves nothing", async () => {
    const w = world();
    const cluster = w.name("gpu");
    const missing = join(w.home, "not/there");
    const result = await w.run([
      "cluster",
      "create",
      cluster,
      ...`--gpus 2 --no-lb -v ${missing}:/x`.split(" "),
    ]);
    expect(result.exitCode).not.toBe(0);
    expect(result.stderr).toMatch(/^Error: .*(gpu|device)/im);
    expect(await w.traces(cluster)).toEqual([]);
    await expect(access(join(w.home, "not"))).rejects.toThrow("ENOENT");
  });
});

/**
 * What each engine was asked for. Podman keeps no record of devices that it does not find, and no
 * bundle can say that it needs GPUs.
 */
function asked(port: number): Record<string, unknown> {
  const ports = { "9899/sctp": [{ HostIp: "127.0.0.1", HostPort: `${port}` }] };
  const gpus = [expect.objectContaining({ Count: -1, Capabilities: [["gpu"]] }) as unknown];
  return { docker: { gpus, ports }, podman: { gpus: undefined, ports }, oci: "no container" };
}

async function askedOf(engine: Engine, cluster: string): Promise<unknown> {
  const container = `k3d-${cluster}-server-0`;
  const containers = await engine.containers(cluster);
  if (!containers.some(({ name }) => name === container)) return "no container";
  const text = await engine.client("inspect", "--type", "container", container);
  const [found] = JSON.parse(text) as { HostConfig: Record<string, Record<string, unknown>> }[];
  const { DeviceRequests, PortBindings = {} } = found?.HostConfig ?? {};
  const { "6443/tcp": _api, ...ports } = PortBindings;
  return { gpus: DeviceRequests, ports };
}

/** The first of two neighbouring TCP ports that are free now. */
async function freeRange(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (await isFreePort(port + 1)) return port;
  }
}
