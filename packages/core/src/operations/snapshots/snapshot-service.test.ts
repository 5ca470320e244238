import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { extract } from "tar-stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fakeContainerds } from "../../../test-support/containerd.js";
import {
  DATASTORE,
  inventory,
  memoryConfig,
  memoryDeps,
  memoryEngine,
} from "../../../test-support/memory-cluster.js";
import { resolveConfig } from "../../config/resolve.js";
import type { SimpleConfig } from "../../config/simple-config.js";
import { faultyRuntime, type MemoryRuntime } from "../../testing/index.js";
import { ClusterService } from "../clusters/cluster-service.js";
import { ImageService } from "../images/image-service.js";
import { IMAGES_ARCHIVE } from "./node-paths.js";
import { SnapshotService } from "./snapshot-service.js";

const SERVER = "k3d-demo-server-0";
const file = { type: "file", data: Buffer.from("x"), mode: 0o640, mtime: new Date() } as const;
const TLS = "/var/lib/rancher/k3s/server/tls";

let home: string;
let engine: MemoryRuntime;
let deps: ReturnType<typeof memoryDeps>;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-snapshots-"));
  engine = memoryEngine();
  fakeContainerds(engine);
  deps = memoryDeps(engine, engine, home);
});
afterEach(() => rm(home, { recursive: true }));

const clusters = (): ClusterService => new ClusterService(deps);
const snapshots = (): SnapshotService => new SnapshotService(deps);
const stored = (): Promise<string[]> => readdir(join(home, "snapshots")).catch(() => []);

async function demo(config: Partial<SimpleConfig> = {}): Promise<void> {
  await clusters().create(memoryConfig({ agents: 1, ...config }));
  const files = engine.files(SERVER);
  for (const name of ["server-ca.crt", "service.key", "serving-kube-apiserver.crt"])
    files.writeText(`${TLS}/${name}`, name);
  files.writeText("/etc/rancher/node/password", "of the server");
}

/** The config of the snapshot for a cluster of this name. */
async function configFor(name: string, changes: Partial<SimpleConfig> = {}) {
  const config = await snapshots().config("kept", { cluster: name });
  return resolveConfig({ ...config, ...changes, metadata: { name } });
}

it("with a damaged blob is neither exported nor put in the place of a cluster, of which nothing is called", async () => {
  await demo();
  await snapshots().create("demo", { name: "kept" });
  const directory = join(home, "snapshots", "kept", "blobs", "sha256");
  for (const name of await readdir(directory)) {
    const content = await readFile(join(directory, name));
    // Data, not one of the documents.
    if (content.readUInt32LE(0) !== 0xfd2fb528) continue;
    content[content.length >> 1]! ^= 1;
    await writeFile(join(directory, name), content);
    break;
  }
  const config = await configFor("demo");
  const before = engine.calls.length;
  const path = join(home, "kept.tar");
  const refusal = { code: "INVALID_INPUT", message: expect.stringContaining("digest") };
  await expect(snapshots().export("kept", path)).rejects.toMatchObject(refusal);
  await expect(snapshots().restore("kept", config, { replace: true })).rejects.toMatchObject(
    refusal,
  );
  const changing = /create|start|stop|remove|rename|pause|exec|put/i;
  const called = engine.calls.slice(before).map(({ operation }) => operation);
  expect(called.filter((operation) => changing.test(operation))).toEqual([]);
  expect(await readdir(home)).not.toContain("kept.tar");
});

describe("a cluster restored under another name", () => {
  it("has the datastore, authorities and token, and more agents", async () => {
    await demo();
    await snapshots().create("demo", { name: "kept" });
    await snapshots().restore("kept", await configFor("other", { agents: 3 }));
    const files = engine.files("k3d-other-server-0");
    expect(files.readText(DATASTORE)).toBe(`objects of ${SERVER}`);
    expect(files.readText(`${TLS}/server-ca.crt`)).toBe("server-ca.crt");
    expect(files.readText(`${TLS}/service.key`)).toBe("service.key");
    // Signed anew: it names the nodes of the old one.
    expect(files.get(`${TLS}/serving-kube-apiserver.crt`)).toBeUndefined();
    // A node of another name is another node.
    expect(files.get("/etc/rancher/node/password")).toBeUndefined();
    const [old, restored] = await Promise.all(
      ["demo", "other"].map((name) => clusters().get(name)),
    );
    expect(restored?.token).toBe(old?.token);
    expect(restored?.agents).toEqual({ running: 3, total: 3 });
    expect(restored?.api?.port).not.toBe(old?.api?.port);
    expect(deps.memoryKube.deleted).toContain(`/api/v1/nodes/${SERVER}`);
    expect(deps.memoryKube.deleted).toContain(
      `/api/v1/namespaces/kube-system/secrets/${SERVER}.node-password.k3s`,
    );
    expect(engine.files("k3d-other-agent-2").get(DATASTORE)).toBeUndefined();
  });

  it("has the config of the old one: what it was told and what was changed later", async () => {
    await demo({
      env: [{ envVar: "A=1", nodeFilters: ["server:*"] }],
      ports: [{ port: "8080:80", nodeFilters: ["loadbalancer"] }],
      options: {
        k3s: {
          extraArgs: [{ arg: "--disable=traefik", nodeFilters: ["server:*"] }],
          nodeLabels: [{ label: "tier=one", nodeFilters: ["agent:*"] }],
        },
        runtime: { labels: [{ label: "team=a", nodeFilters: ["all"] }] },
      },
    });
    await clusters().edit("demo", { agents: 2 });
    await snapshots().create("demo", { name: "kept" });
    const before = (await clusters().get("demo")).nodes.map(({ role, labels }) => [
      role,
      labels["team"],
    ]);
    await clusters().delete("demo");
    await snapshots().restore("kept", await configFor("demo"));
    const after = await clusters().get("demo");
    const team = after.nodes.map(({ role, labels }) => [role, labels["team"]]);
    expect(team.filter(([role]) => role !== "loadbalancer").toSorted()).toEqual(
      before.filter(([role]) => role !== "loadbalancer").toSorted(),
    );
    const { spec } = await engine.containers.inspect(SERVER);
    expect(spec.process.env).toContain("A=1");
    expect(spec.process.args).toContain("--disable=traefik");
    const agent = await engine.containers.inspect("k3d-demo-agent-0");
    expect(agent.spec.process.args).toEqual(expect.arrayContaining(["--node-label", "tier=one"]));
    const balancer = await engine.containers.inspect("k3d-demo-serverlb");
    expect(balancer.spec.ports).toContainEqual(
      expect.objectContaining({ hostPort: 8080, containerPort: 80 }),
    );
  });
});

it("keeps a node's password for a node of the same name", async () => {
  await demo();
  await snapshots().create("demo", { name: "kept" });
  await clusters().delete("demo");
  await snapshots().restore("kept", await configFor("demo"));
  expect(engine.files(SERVER).readText("/etc/rancher/node/password")).toBe("of the server");
});

it("replaces a cluster that is there, on its network and port", async () => {
  await demo();
  await snapshots().create("demo", { name: "kept" });
  const before = await clusters().get("demo");
  engine.files(SERVER).writeText(DATASTORE, "changed since");
  const config = await configFor("demo");
  await expect(snapshots().restore("kept", config)).rejects.toMatchObject({
    code: "ALREADY_EXISTS",
  });
  await snapshots().restore("kept", config, { replace: true });
  expect(engine.files(SERVER).readText(DATASTORE)).toBe(`objects of ${SERVER}`);
  const after = await clusters().get("demo");
  expect(after.api).toEqual(before.api);
  expect(after.nodes.map(({ name }) => name).toSorted()).toEqual(
    before.nodes.map(({ name }) => name).toSorted(),
  );
  expect(after.nodes.some(({ id }) => before.nodes.some((old) => old.id === id))).toBe(false);
});

it("brings images along, each content once, for containerd to load before the kubelet starts", async () => {
  await demo();
  const images = new ImageService(deps);
  const reference = "docker.io/library/nginx:test";
  await images.import(["demo"], [{ kind: "image", reference }]);
  const kept = await snapshots().create("demo", { name: "kept" });
  expect(kept.images).toEqual([reference]);
  await snapshots().restore("kept", await configFor("other"));
  const archive = engine.files("k3d-other-agent-0").get(IMAGES_ARCHIVE);
  const names: string[] = [];
  let index = "";
  const reading = extract();
  Readable.from([archive?.data ?? Buffer.alloc(0)]).pipe(reading);
  for await (const entry of reading) {
    const content = await buffer(entry as unknown as Readable);
    names.push(entry.header.name);
    if (entry.header.name === "index.json") index = content.toString();
  }
  expect(new Set(names).size).toBe(names.length);
  expect(names[0]).toBe("oci-layout");
  expect(index).toContain(reference);
});

it("copies volumes that are asked for, those of nodes that are no more to the first server", async () => {
  await demo({ agents: 2 });
  const storage = "/var/lib/rancher/k3s/storage";
  engine.files("k3d-demo-agent-1").writeText(`${storage}/pvc-1/file`, "content");
  engine.onExec("k3d-demo-agent-1", /for path/, (process) => process.print(storage).then(() => 0));
  const kept = await snapshots().create("demo", { name: "kept", volumes: [storage] });
  expect(kept.volumes).toEqual([storage]);
  await snapshots().restore("kept", await configFor("same", { agents: 2 }));
  await snapshots().restore("kept", await configFor("less", { agents: 0 }));
  const fileOf = (node: string): string | undefined =>
    engine.files(node).readText(`${storage}/pvc-1/file`);
  expect(fileOf("k3d-same-agent-1")).toBe("content");
  expect(fileOf("k3d-same-server-0")).toBeUndefined();
  expect(fileOf("k3d-less-server-0")).toBe("content");
});

it.each([true, false])("keeps owners in volumes, told by the engine: %s", async (archiveOwners) => {
  engine = memoryEngine(undefined, { archiveOwners });
  fakeContainerds(engine);
  deps = memoryDeps(engine, engine, home);
  await demo({ agents: 0 });
  const storage = "/var/lib/rancher/k3s/storage";
  const files = engine.files(SERVER);
  for (const [name, uid, gid] of [
    ["a\tname", 1000, 2000],
    ["of root", 0, 0],
  ] as const)
    files.set(`${storage}/${name}`, { ...file, uid, gid });
  engine.onExec(SERVER, /for path/, (process) => process.print(storage).then(() => 0));
  let asked = 0;
  engine.onExec(SERVER, /find /, (process) => {
    asked += 1;
    return process.print(`1000 2000 ${storage}/a\tname\n`).then(() => 0);
  });
  await snapshots().create("demo", { name: "kept", volumes: [storage] });
  expect(asked).toBe(archiveOwners ? 0 : 1);
  await snapshots().restore("kept", await configFor("same"));
  const owners = ["a\tname", "of root"].map((name) => {
    const { uid, gid } = engine.files("k3d-same-server-0").get(`${storage}/${name}`) ?? {};
    return [uid, gid];
  });
  expect(owners).toEqual([
    [1000, 2000],
    [0, 0],
  ]);
});

describe("refused before anything is made", () => {
  const expectRefused = async (
    changes: Partial<SimpleConfig>,
    message: RegExp,
    code = "INVALID_INPUT",
  ): Promise<void> => {
    const before = await inventory(engine);
    const config = await configFor("other", changes);
    await expect(snapshots().restore("kept", config)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    expect(await inventory(engine)).toEqual(before);
  };

  it("is another architecture", async () => {
    expect.hasAssertions();
    await demo();
    await snapshots().create("demo", { name: "kept" });
    const info = await engine.info();
    const foreign = Object.assign(Object.create(engine) as MemoryRuntime, {
      info: async () => ({ ...info, architecture: "arm64" }),
    });
    deps = memoryDeps(engine, foreign, home);
    await expectRefused({}, /is for amd64, and memory runs arm64/);
  });

  it("is a k3s that is older than the snapshot's", async () => {
    expect.hasAssertions();
    await demo();
    engine.onExec(SERVER, /k3s --version/, async (process) => {
      await process.print("k3s version v1.30.2+k3s1 (abc)");
    });
    await snapshots().create("demo", { name: "kept" });
    engine.addImage("docker.io/rancher/k3s:v1.30.1-k3s1");
    await expectRefused(
      { image: "docker.io/rancher/k3s:v1.30.1-k3s1" },
      /of k3s v1.30.2\+k3s1, and/,
    );
    engine.addImage("docker.io/mine/k3s:old");
    engine.onStart(/^k3d-version-/, (process) => process.print("k3s version v1.29.9+k3s1"));
    await expectRefused({ image: "docker.io/mine/k3s:old" }, /has v1.29.9\+k3s1, which is older/);
    engine.addImage("docker.io/rancher/k3s:v1.30.2-k3s2");
    const newer = await configFor("newer", { image: "docker.io/rancher/k3s:v1.30.2-k3s2" });
    await snapshots().restore("kept", newer);
  });

  it("are other address families", async () => {
    await demo();
    await snapshots().create("demo", { name: "kept" });
    await expectRefused({ ipv6: true }, /IPv4 only/);
    await clusters().create(memoryConfig({ metadata: { name: "both" }, ipFamily: "dual" }));
    await snapshots().delete(["kept"]);
    await snapshots().create("both", { name: "kept" });
    await expectRefused({ ipFamily: "ipv4" }, /both address families/);
    const { cluster } = await snapshots().restore("kept", await configFor("same"));
    expect(cluster.name).toBe("same");
  });

  it("are several servers for the datastore of one, and another token", async () => {
    expect.hasAssertions();
    await demo();
    await snapshots().create("demo", { name: "kept" });
    await expectRefused({ servers: 3 }, /its datastore is for one server/);
    await expectRefused({ token: "mine" }, /with the token/, "CONFLICTING_OPTIONS");
  });
});

describe("a snapshot that cannot be taken", () => {
  it("says why: nodes that do not run, data elsewhere, a directory that is not there", async () => {
    await demo();
    await expect(snapshots().create("demo", { volumes: ["/none"] })).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: "No node of cluster 'demo' has a directory /none",
    });
    await engine.containers.stop("k3d-demo-agent-0");
    await expect(snapshots().create("demo")).rejects.toMatchObject({
      code: "CONTAINER_FAILED",
      message: expect.stringContaining("k3d-demo-agent-0"),
    });
    await clusters().delete("demo");
    await demo({
      options: {
        k3s: {
          extraArgs: [{ arg: "--datastore-endpoint=http://db:2379", nodeFilters: ["server:*"] }],
        },
      },
    });
    await expect(snapshots().create("demo")).rejects.toMatchObject({ code: "UNSUPPORTED" });
    expect(await stored()).toEqual([]);
  });

  it("leaves no file and lets the nodes go on, whichever call fails", async () => {
    await demo();
    const before = await inventory(engine);
    let struck = true;
    for (let nth = 1; struck; nth++) {
      const runtime = faultyRuntime(engine, { kind: "fail", nth });
      const faulty = new SnapshotService({ ...deps, runtime });
      const error = await faulty.create("demo", { name: "kept" }).then(
        () => undefined,
        (failure: Error) => failure,
      );
      struck = runtime.struck();
      if (error !== undefined) expect(await stored(), `call ${nth}`).toEqual([]);
      else await snapshots().delete(["kept"]);
      expect(await inventory(engine), `call ${nth}`).toEqual(before);
    }
  });

  it("was cut off while the nodes stood still: they go on", async () => {
    await demo();
    const before = await inventory(engine);
    const user = new AbortController();
    const runtime = faultyRuntime(engine, {
      kind: "interrupt",
      call: "containers.getArchive",
      onStrike: () => user.abort(),
    });
    await expect(
      new SnapshotService({ ...deps, runtime }).create("demo", { signal: user.signal }),
    ).rejects.toMatchObject({ code: "ABORTED" });
    expect(await inventory(engine)).toEqual(before);
    expect(await stored()).toEqual([]);
  });

  it("tells beforehand that nodes will stand still", async () => {
    await demo();
    await snapshots().create("demo");
    const told = deps.told.findIndex(
      (event) => event.type === "log" && event.message.includes("will be paused"),
    );
    const paused = deps.told.findIndex(
      (event) => event.type === "step.finished" && event.id === "snapshot:freeze",
    );
    expect(told).toBeGreaterThan(-1);
    expect(told).toBeLessThan(paused);
  });
});

it("deletes nothing when one of several names is of none", async () => {
  await demo();
  await snapshots().create("demo", { name: "kept" });
  await expect(snapshots().delete(["kept", "kep"])).rejects.toMatchObject({
    code: "NOT_FOUND",
    hint: "Did you mean 'kept'?",
  });
  expect((await snapshots().list()).map(({ name }) => name)).toEqual(["kept"]);
});
