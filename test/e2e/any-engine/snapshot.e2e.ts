import { stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { imagesOfNode } from "../support/node-images.js";
import { onEveryEngine } from "../support/suite.js";

/** An image that every engine under test has; the set-up of the tests names it. */
const IMAGE = process.env["K3D_IMAGE_LOADBALANCER"] ?? "k3d.local/loadbalancer:dev";

interface SnapshotJson {
  name: string;
  cluster: string;
  servers: number;
  agents: number;
  images: string[];
}

onEveryEngine("snapshots", (world, engine) => {
  let cluster: string;
  let restored: string;
  let clone: string;
  let images: Record<string, string>;
  const of = (name: string, ...args: string[]): Promise<string> =>
    world().kubectl("--context", `k3d-${name}`, ...args);
  /** What must be the same before and after. */
  const objects = async (name: string): Promise<unknown> =>
    JSON.parse(
      await of(name, "get", "configmap/settings", "secret/password", "-o", "json"),
      (key, value: unknown) => (key === "resourceVersion" ? undefined : value),
    );
  const nodesOf = async (name: string): Promise<string[]> =>
    (await of(name, "get", "nodes", "-o", "name")).trim().split("\n").toSorted();

  beforeAll(async () => {
    [cluster, restored, clone] = ["snap", "back", "twin"].map((prefix) => world().name(prefix)) as [
      string,
      string,
      string,
    ];
    await world().k3d("cluster", "create", cluster, "--agents", "1", "--env", "FIRST=1@agent:0");
    await of(cluster, "create", "configmap", "settings", "--from-literal=colour=green");
    await of(cluster, "create", "secret", "generic", "password", "--from-literal=word=open");
    await of(cluster, "label", "configmap", "settings", "kept=yes");
    await world().k3d("image", "import", IMAGE, "-c", cluster);
    images = await imagesOfNode(engine, `k3d-${cluster}-server-0`);
  }, 180_000);
  afterAll(async () => {
    await world().run(["cluster", "delete", cluster, restored, clone]);
    await world().run(["cluster", "snapshot", "delete", "kept"]);
  });

  it("bring a cluster back under another name, with other nodes, from a file", async () => {
    const before = await objects(cluster);
    const kept = await world().json<SnapshotJson>("cluster", "snapshot", "create", cluster, "kept");
    expect(kept).toMatchObject({ name: "kept", cluster, servers: 1, agents: 1 });
    // It goes on, and what comes later is not in the snapshot.
    await of(cluster, "create", "configmap", "later");
    const file = join(world().home, "kept.tar");
    await world().k3d("cluster", "snapshot", "export", "kept", "-o", file);
    expect((await stat(file)).mode & 0o077).toBe(0);
    await world().k3d("cluster", "delete", cluster);
    await world().k3d("cluster", "snapshot", "delete", "kept");
    expect(await world().json("cluster", "snapshot", "list")).toEqual([]);
    await world().k3d("cluster", "snapshot", "import", file);

    const more = ["--agents", "2", "--env", "SECOND=1@agent:1", "--k3s-node-label", "b=2@agent:1"];
    await world().k3d("cluster", "restore", restored, "kept", ...more);
    expect(await objects(restored)).toEqual(before);
    expect((await of(restored, "get", "configmaps", "-o", "name")).split("\n")).not.toContain(
      "configmap/later",
    );
    expect(await nodesOf(restored)).toEqual(
      ["agent-0", "agent-1", "server-0"].map((node) => `node/k3d-${restored}-${node}`),
    );
    for (const node of ["server-0", "agent-1"])
      expect(await imagesOfNode(engine, `k3d-${restored}-${node}`)).toMatchObject(images);
  }, 300_000);

  it("let a clone run beside its original, without what was for a node that it lacks", async () => {
    const cloning = await world().run(["cluster", "clone", restored, clone, "--agents", "1"]);
    expect(cloning.exitCode, cloning.stderr).toBe(0);
    expect(cloning.stderr.split("\n").filter((line) => line.includes("Left out"))).toEqual([
      expect.stringMatching(
        new RegExp(`cluster ${restored} .*: Environment variable SECOND .*, Node label b=2`),
      ),
    ]);
    const { Config, Args } = await engine.inspect(`k3d-${clone}-agent-0`);
    expect(Config.Env).toContain("FIRST=1");
    expect([...Config.Env, ...Args].join(" ")).not.toMatch(/SECOND|b=2/);
    expect(await objects(clone)).toEqual(await objects(restored));
    const { NetworkSettings } = await engine.inspect(`k3d-${clone}-server-0`);
    const own = NetworkSettings.Networks[`k3d-${clone}`]?.IPAddress;
    expect(
      await of(clone, "get", "endpoints/kubernetes", "-o", "jsonpath={..addresses[*].ip}"),
    ).toBe(own);
    expect(
      await of(clone, "get", "endpointslices/kubernetes", "-o", "jsonpath={..addresses[*]}"),
    ).toBe(own);
    await of(clone, "delete", "configmap", "settings");
    expect(await of(restored, "get", "configmap", "settings", "-o", "name")).toBe(
      "configmap/settings",
    );
    expect(await nodesOf(clone)).toEqual(
      ["agent-0", "server-0"].map((node) => `node/k3d-${clone}-${node}`),
    );
    const names = (await world().json<SnapshotJson[]>("cluster", "snapshot", "list")).map(
      ({ name }) => name,
    );
    expect(names).toEqual(["kept"]);
  }, 300_000);

  it("put a cluster that is there back as it was", async () => {
    await of(restored, "delete", "secret", "password");
    await world().k3d("cluster", "restore", restored, "kept", "--agents", "0");
    expect(await of(restored, "get", "secret", "password", "-o", "name")).toBe("secret/password");
    expect(await nodesOf(restored)).toEqual([`node/k3d-${restored}-server-0`]);
    const containers = await engine.containers(restored);
    expect(containers.map(({ name }) => name).toSorted()).toEqual([
      `k3d-${restored}-server-0`,
      `k3d-${restored}-serverlb`,
    ]);
  }, 300_000);
});
