import { describe, expect, it } from "vitest";
import { testCollaborators } from "../../testing/collaborators.js";
import { LABELS } from "../../model/labels.js";
import {
  MemoryRuntime,
  SimulatedHostPorts,
  waitForSignal,
  type MemoryProgram,
} from "../../testing/index.js";
import type { ContainerSpec } from "../../runtime/container-spec.js";
import type { RegistryCreateRequest } from "./operations.js";
import { RegistryService } from "./registry-service.js";

const IMAGE = "docker.io/library/registry:test";

const serving: MemoryProgram = async (process) => {
  await process.print('level=info msg="listening on [::]:5000"', "stderr");
  return waitForSignal(process);
};

function setUp(
  options: {
    program?: MemoryProgram;
    hostPorts?: SimulatedHostPorts;
    defaultNetwork?: string;
  } = {},
) {
  const { program = serving, hostPorts = new SimulatedHostPorts(), defaultNetwork } = options;
  const runtime = new MemoryRuntime({
    images: [IMAGE],
    hostPorts,
    info: { defaultNetwork },
  });
  runtime.onStart(/./, program);
  const deps = testCollaborators(runtime);
  return { runtime, deps, hostPorts, registries: new RegistryService(deps) };
}

const SECRETS: Partial<RegistryCreateRequest> = {
  auth: { username: "dev", password: "pa55word-of-dev" },
  proxies: [{ remoteUrl: "https://ghcr.io", username: "me", password: "pa55word-at-ghcr" }],
  tls: "self-signed",
};

describe("create", () => {
  it("makes a container that both tools know, and tells its port", async () => {
    const { runtime, registries } = setUp();
    const [registry] = await registries.create({ name: "dev" });
    expect(registry).toMatchObject({
      name: "k3d-dev",
      status: "running",
      hostPort: 20_000,
      hostIp: "0.0.0.0",
      internalPort: 5000,
      tls: false,
    });
    expect(registry?.labels).toEqual({
      app: "k3d",
      "k3d.version": "6.0.0-test",
      "k3d.role": "registry",
      "k3d.registry.host": "k3d-dev",
      "k3d.registry.hostIP": "0.0.0.0",
      "k3s.registry.port.external": "20000",
      "k3s.registry.port.internal": "5000",
      "k3d.cluster.network": "k3d",
      // By which undo finds what an operation made.
      "k3d.operation": expect.any(String) as string,
    });
    expect(runtime.inventory()).toEqual({
      containers: ["k3d-dev"],
      networks: ["k3d"],
      volumes: [],
    });
  });

  it("stands on the network that containers join by default, where there is one", async () => {
    const { runtime, registries } = setUp({ defaultNetwork: "standard" });
    await runtime.networks.create({ name: "standard", labels: {} });
    const [registry] = await registries.create({ name: "dev" });
    expect(registry?.networks).toEqual(["standard"]);
  });

  it("keeps secrets in files of the container that only root reads", async () => {
    const { runtime, deps, registries } = setUp();
    await registries.create({ name: "dev", ...SECRETS });
    const info = await runtime.containers.inspect("k3d-dev");
    expect(JSON.stringify([info, deps.told])).not.toMatch(/pa55word|PRIVATE KEY/);
    const files = runtime.files("k3d-dev");
    for (const path of [
      "/etc/docker/registry/config.yml",
      "/etc/docker/registry/htpasswd",
      "/etc/docker/registry/tls.key",
      "/etc/k3d/registry-access.json",
    ]) {
      expect(files.get(path)?.mode, path).toBe(0o600);
    }
    expect(files.readText("/etc/docker/registry/config.yml")).toContain("pa55word-at-ghcr");
    expect(files.readText("/etc/docker/registry/htpasswd")).toMatch(/^dev:\$2/);
    expect(await registries.certificateAuthority("dev")).toContain("BEGIN CERTIFICATE");
  });

  it("shows scripts the variables that the Go tool sets, without credentials", async () => {
    const { runtime, registries } = setUp();
    await registries.create({
      name: "hub",
      hostPort: 5100,
      enforcePortMatch: true,
      deleteEnabled: true,
      proxies: [{ remoteUrl: "https://ghcr.io", username: "me", password: "pa55word" }],
    });
    const { spec } = await runtime.containers.inspect("k3d-hub");
    expect(spec.process.env).toEqual([
      "REGISTRY_HTTP_ADDR=:5100",
      "REGISTRY_PROXY_REMOTEURL=https://ghcr.io",
      "REGISTRY_STORAGE_DELETE_ENABLED=true",
    ]);
  });

  it("listens at the settled port inside too when ports shall match", async () => {
    const { runtime, registries } = setUp();
    const [registry] = await registries.create({ name: "same", enforcePortMatch: true });
    expect(registry).toMatchObject({ hostPort: 20_000, internalPort: 20_000 });
    expect(runtime.files("k3d-same").readText("/etc/docker/registry/config.yml")).toContain(
      "addr: :20000",
    );
  });

  it("takes a name with an underscore, and says what cannot be done with it", async () => {
    const { deps, registries } = setUp();
    const proxies = [{ remoteUrl: "https://ghcr.io" }];
    await registries.create({ name: "my_cache", proxies });
    expect(deps.told).not.toContainEqual(expect.objectContaining({ type: "warning" }));
    await registries.create({ name: "my_reg" });
    expect(deps.told).toContainEqual({
      type: "warning",
      message: expect.stringContaining("'k3d-my_reg' by its name") as string,
    });
    expect((await registries.list()).map(({ name }) => name)).toEqual([
      "k3d-my_cache",
      "k3d-my_reg",
    ]);
  });

  it("makes one for each upstream, which one name stands for", async () => {
    const { runtime, registries } = setUp();
    const proxies = ["https://registry-1.docker.io", "https://ghcr.io"].map((remoteUrl) => ({
      remoteUrl,
    }));
    const created = await registries.create({ name: "cache", proxies, hostPort: 5100 });
    const sorted = created.toSorted((one, other) => (one.name < other.name ? -1 : 1));
    expect(sorted.map(({ name, proxies: host, hostPort }) => [name, host, hostPort])).toEqual([
      ["k3d-cache-docker-io", "docker.io", 5100],
      ["k3d-cache-ghcr-io", "ghcr.io", 5101],
    ]);
    expect(await registries.delete("cache")).toHaveLength(2);
    expect(await registries.list()).toEqual([]);
    expect(runtime.inventory().networks).toEqual([]);
  });

  it("takes another port when the proposed one is taken", async () => {
    const hostPorts = new SimulatedHostPorts();
    hostPorts.occupy(20_000);
    hostPorts.occupy(20_001);
    const { registries } = setUp({ hostPorts });
    const [registry] = await registries.create({ name: "dev" });
    expect(registry?.hostPort).toBe(20_002);
    expect(registry?.labels[LABELS.registryPortExternal]).toBe("20002");
  });

  it.each<[string, Partial<RegistryCreateRequest>, string]>([
    ["a busy port", { hostPort: 5000 }, "PORT_IN_USE"],
    ["an unknown network", { network: "nowhere" }, "NOT_FOUND"],
    ["an unknown image", { image: "docker.io/library/nothing:1" }, "IMAGE_NOT_FOUND"],
    ["a bad name", { name: "a b" }, "INVALID_INPUT"],
    [
      "an upstream named twice",
      { proxies: [{ remoteUrl: "https://a" }, { remoteUrl: "http://a" }] },
      "INVALID_INPUT",
    ],
    [
      "a storage for several upstreams",
      {
        proxies: [{ remoteUrl: "https://a" }, { remoteUrl: "https://b" }],
        mounts: [{ type: "volume", source: "v", destination: "/var/lib/registry" }],
      },
      "CONFLICTING_OPTIONS",
    ],
    ["a bad password", { auth: { username: "dev", password: "" } }, "INVALID_INPUT"],
  ])("refuses %s and leaves nothing", async (_why, request, code) => {
    const hostPorts = new SimulatedHostPorts();
    hostPorts.occupy(5000);
    const { runtime, registries } = setUp({ hostPorts });
    await expect(registries.create({ name: "dev", ...request })).rejects.toMatchObject({ code });
    expect(runtime.inventory()).toEqual({ containers: [], networks: [], volumes: [] });
  });

  it("refuses a name that is taken", async () => {
    const { registries } = setUp();
    await registries.create({ name: "dev" });
    await expect(registries.create({ name: "dev" })).rejects.toMatchObject({
      code: "ALREADY_EXISTS",
    });
    expect(await registries.list()).toHaveLength(1);
  });

  it("says why a registry ends, and removes it", async () => {
    const program: MemoryProgram = async (process) => {
      await process.print('panic: Get "https://nowhere/v2/": no such host', "stderr");
      return 2;
    };
    const { runtime, registries } = setUp({ program });
    await expect(registries.create({ name: "dev" })).rejects.toMatchObject({
      code: "CONTAINER_FAILED",
      message: expect.stringContaining("no such host") as string,
    });
    expect(runtime.inventory().containers).toEqual([]);
  });

  it("gives up on a registry that never serves", async () => {
    const { runtime, registries } = setUp({ program: waitForSignal });
    await expect(registries.create({ name: "dev", timeoutMs: 30 })).rejects.toMatchObject({
      code: "TIMEOUT",
    });
    expect(runtime.inventory().containers).toEqual([]);
  });
});

describe("start and stop", () => {
  it("wait until it serves again", async () => {
    const { registries } = setUp();
    await registries.create({ name: "dev" });
    expect(await registries.stop("dev")).toMatchObject([{ status: "stopped" }]);
    expect(await registries.start("k3d-dev")).toMatchObject([
      { status: "running", hostPort: 20_000 },
    ]);
  });

  it("refuse an unknown name, naming those there are", async () => {
    const { registries } = setUp();
    await registries.create({ name: "dev" });
    await expect(registries.stop("nope")).rejects.toMatchObject({
      code: "NOT_FOUND",
      hint: expect.stringContaining("k3d-dev") as string,
    });
  });
});

describe("the collection of garbage", () => {
  /** The registry's own collector, in a container beside the volume. */
  const collector =
    (exitCode = 0): MemoryProgram =>
    async (process) => {
      if (!process.args.includes("garbage-collect")) return serving(process);
      for (const line of [
        "app",
        "app: marking manifest sha256:aa",
        "2 blobs marked, 2 blobs and 1 manifests eligible for deletion",
        "manifest eligible for deletion: sha256:11",
        "blob eligible for deletion: sha256:22",
        "blob eligible for deletion: sha256:33",
      ])
        await process.print(line);
      return exitCode;
    };

  async function withStorage(program = collector()) {
    const setup = setUp({ program });
    await setup.registries.create({
      name: "dev",
      mounts: [{ type: "volume", source: "store", destination: "/var/lib/registry" }],
    });
    return setup;
  }

  const isRunning = async (runtime: MemoryRuntime): Promise<boolean> =>
    (await runtime.containers.inspect("k3d-dev")).status === "running";

  it("stops the registry for the time, and tells what went", async () => {
    const { runtime, registries } = await withStorage();
    const before = runtime.calls.length;
    expect(await registries.collectGarbage("dev", { untagged: true })).toEqual([
      { name: "k3d-dev", dryRun: false, blobs: 2, manifests: 1 },
    ]);
    const calls = runtime.calls.slice(before).map(({ operation }) => operation);
    const order = ["containers.stop", "containers.create", "containers.wait", "containers.remove"];
    expect(calls.filter((call) => order.includes(call))).toEqual(order);
    expect(await isRunning(runtime)).toBe(true);
    expect(runtime.inventory().containers).toEqual(["k3d-dev"]);
  });

  it("reaches the registry's own storage with the image's entrypoint", async () => {
    let spec: ContainerSpec | undefined;
    const collect = collector();
    const { runtime, registries } = await withStorage((process) => {
      spec = process.spec;
      return collect(process);
    });
    await registries.collectGarbage("dev", { dryRun: true, untagged: true });
    expect(spec?.mounts).toEqual([
      { type: "volume", source: "store", destination: "/var/lib/registry" },
    ]);
    expect(spec?.process.args).toEqual(
      "registry garbage-collect --dry-run --delete-untagged /etc/k3d/garbage-collect.yml".split(
        " ",
      ),
    );
    expect(runtime.calls.map(({ operation }) => operation)).not.toContain("containers.stop");
  });

  it("leaves a stopped registry stopped", async () => {
    const { runtime, registries } = await withStorage();
    await registries.stop("dev");
    await registries.collectGarbage("dev");
    expect(await isRunning(runtime)).toBe(false);
  });

  it.each([
    "containers.create",
    "containers.putArchive",
    "containers.start",
    "containers.wait",
  ] as const)("starts the registry again and leaves nothing when %s fails", async (operation) => {
    const { runtime, registries } = await withStorage();
    runtime.fail(operation, new Error("the disk is full"));
    await expect(registries.collectGarbage("dev")).rejects.toThrow("the disk is full");
    expect(await isRunning(runtime)).toBe(true);
    expect(runtime.inventory().containers).toEqual(["k3d-dev"]);
  });

  it("tells the collector's own words", async () => {
    const { runtime, registries } = await withStorage(collector(1));
    await expect(registries.collectGarbage("dev")).rejects.toMatchObject({
      code: "CONTAINER_FAILED",
      message: expect.stringContaining("blob eligible for deletion: sha256:33"),
    });
    expect(await isRunning(runtime)).toBe(true);
  });

  it("finds nothing in a registry that nobody ever pushed to", async () => {
    const { registries } = await withStorage(async (process) => {
      if (!process.args.includes("garbage-collect")) return serving(process);
      await process.print(
        "failed to mark: filesystem: Path not found: /docker/registry/v2/repositories",
      );
      return 1;
    });
    expect(await registries.collectGarbage("dev")).toMatchObject([{ blobs: 0, manifests: 0 }]);
  });

  it("refuses a cache, and a registry without a volume", async () => {
    const { registries } = setUp();
    await registries.create({ name: "cache", proxies: [{ remoteUrl: "https://ghcr.io" }] });
    await registries.create({ name: "bare" });
    for (const name of ["cache", "bare"])
      await expect(registries.collectGarbage(name)).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });
});
