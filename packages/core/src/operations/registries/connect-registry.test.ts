import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { testCollaborators } from "../../testing/collaborators.js";
import { MemoryRuntime, waitForSignal } from "../../testing/index.js";
import { RegistryService } from "./registry-service.js";

const IMAGE = "docker.io/rancher/k3s:test";
const REGISTRY_IMAGE = "docker.io/library/registry:test";
const REGISTRIES = "/etc/rancher/k3s/registries.yaml";
const CERTS = "/var/lib/rancher/k3s/agent/etc/containerd/certs.d";
const MANIFEST = "/var/lib/rancher/k3s/server/manifests/k3d-local-registry-hosting.yaml";
const SERVER = "k3d-demo-server-0";
const AGENT = "k3d-demo-agent-0";

/** A cluster of one server and one agent; `readsHosts` as the containerd of current k3s does. */
async function setUp({ readsHosts = true, network = "k3d-demo" } = {}) {
  const runtime = new MemoryRuntime({ images: [IMAGE, REGISTRY_IMAGE] });
  runtime.onStart(/^k3d-(dev|other|safe)/, async (process) => {
    await process.print("listening on [::]:5000");
    return waitForSignal(process);
  });
  const commands: string[] = [];
  runtime.onExec(/./, /./, (process) => {
    commands.push(process.args.join(" "));
    if (process.args[0] === "rm")
      for (const path of process.args.slice(2)) process.files.remove(path);
  });
  await runtime.networks.create({ name: "k3d-demo", labels: {} });
  for (const [name, role] of [
    [SERVER, "server"],
    [AGENT, "agent"],
  ] as const) {
    await runtime.containers.create({
      name,
      image: IMAGE,
      process: { env: [] },
      mounts: [],
      linux: {},
      networks: [{ name: "k3d-demo" }],
      ports: [],
      labels: {
        app: "k3d",
        "k3d.role": role,
        "k3d.cluster": "demo",
        "k3d.cluster.network": network,
        "k3d.server.init": String(role === "server"),
      },
    });
    const config = readsHosts ? `[registry]\n  config_path = "${CERTS}"\n` : "[plugins]\n";
    runtime.files(name).writeText("/var/lib/rancher/k3s/agent/etc/containerd/config.toml", config);
    await runtime.containers.start(name);
  }
  const deps = testCollaborators(runtime);
  const registries = new RegistryService(deps);
  const yaml = (node: string): unknown => parse(runtime.files(node).readText(REGISTRIES) ?? "");
  return { runtime, deps, registries, commands, yaml };
}

describe("connect", () => {
  it("takes a registry that another tool made with the role alone, which no list shows", async () => {
    const { runtime, registries, yaml } = await setUp();
    await runtime.containers.create({
      name: "ctlptl-registry",
      image: REGISTRY_IMAGE,
      process: { env: [] },
      mounts: [],
      linux: {},
      networks: [],
      ports: [],
      labels: { "k3d.role": "registry" },
    });
    await registries.connect("ctlptl-registry", "demo");
    expect(Object.keys((yaml(SERVER) as { mirrors: object }).mirrors)).toContain(
      "ctlptl-registry:5000",
    );
    const { containers } = await runtime.networks.inspect("k3d-demo");
    expect(containers.map(({ name }) => name)).toContain("ctlptl-registry");
    expect(await registries.list()).toEqual([]);
  });

  it("joins the network and tells containerd of every node at once", async () => {
    const { runtime, registries, yaml, commands } = await setUp();
    await registries.create({ name: "dev" });
    const connection = await registries.connect("dev", "demo");
    expect(connection).toMatchObject({ changed: [AGENT, SERVER], restarted: [], pending: [] });
    expect(connection.registries[0]).toMatchObject({
      networks: ["k3d", "k3d-demo"],
      usedBy: ["demo"],
    });
    for (const node of [SERVER, AGENT]) {
      expect(yaml(node)).toEqual({
        mirrors: {
          "k3d-dev:20000": { endpoint: ["http://k3d-dev:5000"] },
          "k3d-dev:5000": { endpoint: ["http://k3d-dev:5000"] },
        },
      });
      expect(runtime.files(node).readText(`${CERTS}/k3d-dev:20000/hosts.toml`)).toContain(
        '[host."http://k3d-dev:5000/v2"]',
      );
    }
    expect(runtime.files(SERVER).readText(MANIFEST)).toContain("host: localhost:20000");
    expect(runtime.files(AGENT).readText(MANIFEST)).toBeUndefined();
    expect(commands).toEqual([`kubectl apply --filename ${MANIFEST}`]);
  });

  it("changes nothing the second time", async () => {
    const { registries } = await setUp();
    await registries.create({ name: "dev" });
    await registries.connect("dev", "demo");
    expect(await registries.connect("dev", "demo")).toMatchObject({ changed: [], restarted: [] });
  });

  it("keeps what the user wrote", async () => {
    const { runtime, registries, yaml } = await setUp();
    runtime
      .files(AGENT)
      .writeText(
        REGISTRIES,
        "mirrors:\n  docker.io:\n    endpoint: [https://mirror.example.org]\nextra: 1\n",
      );
    await registries.create({ name: "dev" });
    await registries.connect("dev", "demo");
    expect(yaml(AGENT)).toMatchObject({
      mirrors: { "docker.io": { endpoint: ["https://mirror.example.org"] } },
      extra: 1,
    });
    expect(runtime.files(AGENT).readText(`${CERTS}/docker.io/hosts.toml`)).toBeUndefined();
  });

  it("hands credentials and the authority to the nodes", async () => {
    const { runtime, registries, yaml } = await setUp();
    await registries.create({
      name: "safe",
      auth: { username: "dev", password: "s3cret" },
      tls: "self-signed",
    });
    await registries.connect("safe", "demo");
    expect(yaml(SERVER)).toMatchObject({
      configs: { "k3d-safe:5000": { auth: { username: "dev", password: "s3cret" } } },
    });
    expect(runtime.files(SERVER).get(REGISTRIES)?.mode).toBe(0o600);
    expect(runtime.files(AGENT).readText("/etc/rancher/k3s/k3d-registries/k3d-safe.crt")).toContain(
      "BEGIN CERTIFICATE",
    );
    expect(runtime.files(AGENT).readText(`${CERTS}/k3d-safe:20000/hosts.toml`)).toContain(
      "Authorization",
    );
  });

  it("announces and does the restart that an old containerd needs", async () => {
    const { runtime, deps, registries } = await setUp({ readsHosts: false });
    await registries.create({ name: "dev" });
    const connection = await registries.connect("dev", "demo", { wait: false });
    expect(connection.restarted.toSorted()).toEqual([AGENT, SERVER]);
    expect(deps.told).toContainEqual(
      expect.objectContaining({
        type: "warning",
        message: expect.stringMatching(/restarting/) as string,
      }),
    );
    const stops = runtime.calls
      .filter(({ operation }) => operation === "containers.stop")
      .map(({ subject }) => subject);
    expect(stops.toSorted()).toEqual([AGENT, SERVER]);
    expect(await runtime.containers.list()).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: SERVER, status: "running" })]),
    );
  });

  it("starts no node that was stopped", async () => {
    const { runtime, registries } = await setUp({ readsHosts: false });
    await runtime.containers.stop(AGENT);
    await registries.create({ name: "dev" });
    const connection = await registries.connect("dev", "demo", { wait: false });
    expect(connection.restarted).toEqual([SERVER]);
    expect((await runtime.containers.inspect(AGENT)).status).toBe("stopped");
  });

  it("restarts nothing when told so", async () => {
    const { runtime, registries } = await setUp({ readsHosts: false });
    await registries.create({ name: "dev" });
    const connection = await registries.connect("dev", "demo", { restart: false });
    expect(connection).toMatchObject({ restarted: [] });
    expect(connection.pending.toSorted()).toEqual([AGENT, SERVER]);
    expect(runtime.calls.some(({ operation }) => operation === "containers.stop")).toBe(false);
  });

  it("leaves a stopped node to its next start", async () => {
    const { runtime, registries, yaml } = await setUp();
    await runtime.containers.stop(AGENT);
    await registries.create({ name: "dev" });
    expect(await registries.connect("dev", "demo")).toMatchObject({
      changed: [AGENT, SERVER],
      restarted: [],
    });
    expect(yaml(AGENT)).toHaveProperty("mirrors");
    expect(runtime.files(AGENT).readText(`${CERTS}/k3d-dev:5000/hosts.toml`)).toBeUndefined();
  });

  it.each([
    ["an unknown registry", "nope", "demo", "NOT_FOUND"],
    ["an unknown cluster", "dev", "nope", "NOT_FOUND"],
  ])("refuses %s", async (_why, registry, cluster, code) => {
    const { registries } = await setUp();
    await registries.create({ name: "dev" });
    await expect(registries.connect(registry, cluster)).rejects.toMatchObject({ code });
  });

  it("refuses a cluster on the host's network", async () => {
    const { registries } = await setUp({ network: "host" });
    await registries.create({ name: "dev" });
    await expect(registries.connect("dev", "demo")).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });

  it("touches no node when one has a broken configuration", async () => {
    const { runtime, registries } = await setUp();
    runtime.files(AGENT).writeText(REGISTRIES, "- broken");
    await registries.create({ name: "dev" });
    await expect(registries.connect("dev", "demo")).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringContaining(AGENT) as string,
    });
    expect(runtime.files(SERVER).readText(REGISTRIES)).toBeUndefined();
    expect((await registries.get("dev"))[0]?.usedBy).toEqual([]);
  });
});

describe("disconnect", () => {
  it("takes back all that connect did", async () => {
    const { runtime, registries, yaml, commands } = await setUp();
    await registries.create({ name: "dev" });
    await registries.connect("dev", "demo");
    expect(await registries.disconnect("dev", "demo")).toMatchObject({
      changed: [AGENT, SERVER],
      registries: [{ networks: ["k3d"], usedBy: [] }],
    });
    expect(yaml(AGENT)).toEqual({ mirrors: {} });
    expect(runtime.files(AGENT).readText(`${CERTS}/k3d-dev:5000/hosts.toml`)).toBeUndefined();
    expect(runtime.files(SERVER).readText(MANIFEST)).toBeUndefined();
    expect(commands).toContain(
      "kubectl delete configmap local-registry-hosting --namespace kube-public --ignore-not-found",
    );
  });

  it("announces another registry in its place", async () => {
    const { runtime, registries } = await setUp();
    await registries.create({ name: "dev" });
    await registries.create({ name: "other" });
    await registries.connect("dev", "demo");
    await registries.connect("other", "demo");
    await registries.disconnect("dev", "demo");
    expect(runtime.files(SERVER).readText(MANIFEST)).toContain("k3d-other:5000");
  });
});

describe("delete", () => {
  it("refuses a registry that a cluster uses, unless forced", async () => {
    const { runtime, registries } = await setUp();
    await registries.create({ name: "dev" });
    await registries.connect("dev", "demo");
    await expect(registries.delete("dev")).rejects.toMatchObject({
      code: "REGISTRY_IN_USE",
      hint: expect.stringContaining("disconnect k3d-dev demo") as string,
    });
    expect(await registries.delete("dev", { force: true })).toEqual(["k3d-dev"]);
    expect(runtime.inventory().containers).toEqual([AGENT, SERVER]);
  });
});
