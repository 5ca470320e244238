import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Engine, engineNamed, enginesUnderTest } from "../support/engine.js";
import { imageArchive } from "../support/image-archive.js";
import { imagesOfNode } from "../support/node-images.js";
import { World } from "../support/world.js";

const FILES = "/var/lib/rancher/k3s/storage";

/** Whether each engine answers, by a program of its own. */
const PROBES: Record<string, string> = {
  docker: "docker info",
  podman: "podman info",
  oci: "runc --version",
};

const answers = async (name: string): Promise<boolean> =>
  (await execa(PROBES[name] ?? name, { shell: true, reject: false })).exitCode === 0;

/**
 * From the engine under test through all others that are here, and back to it; then the other way
 * round, so that each of three engines gets what each other one kept.
 */
async function route(): Promise<Engine[]> {
  const [first] = enginesUnderTest();
  if (first === undefined) return [];
  const others = Object.keys(PROBES).filter((name) => name !== first.name);
  const there = await Promise.all(others.map(answers));
  const found = others.filter((_, at) => there[at] === true).map(engineNamed);
  const back = found.length > 1 ? [...found.toReversed(), first] : [];
  return [first, ...found, first, ...back];
}

interface Item {
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
  data?: Record<string, string>;
  spec?: unknown;
}

const words = (bytes: number): string => randomBytes(bytes).toString("hex");

/** Objects with whatever may stand in them: any bytes, nothing, other alphabets, much. */
function someObjects(): Item[] {
  const sizes = [0, 1, 77, 5_000, 100_000];
  return sizes.flatMap((size, at): Item[] => [
    {
      kind: "Secret",
      metadata: { name: `bytes-${at}`, labels: { "example.org/made": words(8) } },
      data: { bytes: randomBytes(size).toString("base64"), empty: "" },
    },
    {
      kind: "ConfigMap",
      metadata: { name: `words-${at}` },
      data: { [`${words(4)}.yaml`]: `a: "ü — 日本\n\t${words(size)}\n\n`, empty: "" },
    },
  ]);
}

const localVolume = (node: string): Item & { apiVersion: string } => ({
  apiVersion: "v1",
  kind: "PersistentVolume",
  metadata: { name: "carried", labels: { kept: "yes" } },
  spec: {
    capacity: { storage: "1Mi" },
    accessModes: ["ReadWriteOnce"],
    local: { path: `${FILES}/carried` },
    nodeAffinity: {
      required: {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [node] }] },
        ],
      },
    },
  },
});

const engines = await route();

describe(`a snapshot carried ${engines.map(({ name }) => name).join(" → ")}`, () => {
  const objects = someObjects();
  const worlds = new Map<string, World>();
  const world = ({ name }: Engine): World => {
    const found = worlds.get(name);
    if (found === undefined) throw new Error(`no world on ${name}`);
    return found;
  };
  const of = (engine: Engine, cluster: string, ...args: string[]): Promise<string> =>
    world(engine).kubectl("--context", `k3d-${cluster}`, ...args);
  /** What must be the same everywhere. */
  const contents = async (engine: Engine, cluster: string): Promise<unknown> => {
    const names = objects.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`);
    const found = JSON.parse(await of(engine, cluster, "get", ...names, "-o", "json")) as {
      items: Item[];
    };
    return found.items.map(({ kind, metadata: { name, labels }, data }) => ({
      kind,
      name,
      labels,
      data,
    }));
  };
  const sumOfFiles = async (engine: Engine, node: string): Promise<string> => {
    const look = `cd ${FILES}/carried && find . | sort && cat data | sha256sum && ls -ln data`;
    return engine.client("exec", node, "sh", "-c", look);
  };

  beforeAll(async () => {
    for (const engine of new Set(engines)) worlds.set(engine.name, await World.create(engine));
  });
  afterAll(async () => {
    for (const one of worlds.values()) await one.dispose();
  });

  it("has objects, labels, a volume's files and images as they were, on each", async () => {
    const [start, ...rest] = engines as [Engine, ...Engine[]];
    let cluster = world(start).name("carry");
    let node = `k3d-${cluster}-server-0`;
    await world(start).k3d("cluster", "create", cluster, "--agents", "1");
    const manifest = join(world(start).home, "objects.json");
    await writeFile(
      manifest,
      JSON.stringify({
        apiVersion: "v1",
        kind: "List",
        items: [...objects.map((item) => ({ apiVersion: "v1", ...item })), localVolume(node)],
      }),
    );
    await of(start, cluster, "create", "-f", manifest);
    const fill = `mkdir -p ${FILES}/carried/sub && cd ${FILES}/carried && head -c 300000 /dev/urandom > data && chmod 640 data && chown 1000:2000 data && : > 'sub/a name' && : > 'sub/ä 日本' && : > "sub/$(printf '%0150d' 7)"`;
    await start.client("exec", node, "sh", "-c", fill);
    const archive = join(world(start).home, "image.tar");
    const image = `carried.example/app:${words(4)}`;
    const { content, id } = await imageArchive(image);
    await writeFile(archive, content);
    await world(start).k3d("image", "import", archive, "-c", cluster);
    const before = {
      objects: await contents(start, cluster),
      files: await sumOfFiles(start, node),
    };

    let from = start;
    for (const to of rest) {
      await world(from).k3d("cluster", "snapshot", "create", cluster, "kept", "--volume", FILES);
      const file = join(world(to).home, `${from.name}.tar`);
      await world(from).k3d("cluster", "snapshot", "export", "kept", "-o", file);
      await world(from).k3d("cluster", "delete", cluster);
      await world(from).k3d("cluster", "snapshot", "delete", "kept");
      expect(await world(from).traces(cluster)).toEqual([]);
      cluster = world(to).name("carry");
      node = `k3d-${cluster}-server-0`;
      await world(to).k3d("cluster", "snapshot", "import", file);
      await world(to).k3d("cluster", "restore", cluster, "kept");
      await world(to).k3d("cluster", "snapshot", "delete", "kept");

      const where = `${from.name} to ${to.name}`;
      expect(await contents(to, cluster), where).toEqual(before.objects);
      expect(await sumOfFiles(to, node), where).toBe(before.files);
      expect(await imagesOfNode(to, node), where).toMatchObject({ [image]: id });
      const volume = await of(to, cluster, "get", "persistentvolume/carried", "-o", "json");
      expect((JSON.parse(volume) as Item).metadata.labels, where).toEqual({ kept: "yes" });
      expect(volume, where).toContain(`"${node}"`);
      const nodes = await of(to, cluster, "get", "nodes", "-o", "name");
      expect(nodes.trim().split("\n").toSorted(), where).toEqual(
        ["agent-0", "server-0"].map((part) => `node/k3d-${cluster}-${part}`),
      );
      from = to;
    }
    await world(from).k3d("cluster", "delete", cluster);
    expect(await world(from).traces(cluster)).toEqual([]);
  }, 900_000);
});
