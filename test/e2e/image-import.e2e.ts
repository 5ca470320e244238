import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { imageArchive } from "./support/image-archive.js";
import { imagesOfNode } from "./support/node-images.js";
import { onEveryEngine } from "./support/suite.js";

/** An image that every engine under test has; the set-up of the tests names it. */
const IMAGE = process.env["K3D_IMAGE_LOADBALANCER"] ?? "k3d.local/loadbalancer:dev";

interface NodeImages {
  node: string;
  imported: string[];
  present: string[];
  sent: number;
}

onEveryEngine("image import", (world, engine) => {
  let cluster: string;
  const nodes = (): string[] => [`k3d-${cluster}-server-0`, `k3d-${cluster}-agent-0`];

  beforeAll(async () => {
    cluster = world().name("img");
    await world().k3d("cluster", "create", cluster, "--agents", "1");
  }, 120_000);
  afterAll(() => world().k3d("cluster", "delete", cluster));

  const imagesOf = (node: string): Promise<Record<string, string>> => imagesOfNode(engine, node);
  const ownVolumes = async (): Promise<string[]> =>
    (await engine.volumes()).filter((name) => name.includes(cluster));
  const onEveryNode = async (reference: string): Promise<(string | undefined)[]> =>
    Promise.all(nodes().map(async (node) => (await imagesOf(node))[reference]));

  it("copies an image of the engine to servers and agents, once, and leaves nothing else", async () => {
    const before = await engine.containers(cluster);
    const volumes = await ownVolumes();
    const first = await world().json<NodeImages[]>("image", "import", IMAGE, "-c", cluster);
    expect(first).toMatchObject(nodes().map((node) => ({ node, imported: [IMAGE], present: [] })));
    const [id, other] = await onEveryNode(IMAGE);
    expect(id).toMatch(/^sha256:/);
    expect(other).toBe(id);
    if (engine.name !== "oci") {
      const inspected = JSON.parse(await engine.client("image", "inspect", IMAGE)) as [
        { Id: string },
      ];
      expect(id).toBe(`sha256:${inspected[0].Id.replace("sha256:", "")}`);
    }
    const again = await world().json<NodeImages[]>("image", "load", IMAGE, "-c", cluster);
    expect(again).toMatchObject(nodes().map((node) => ({ node, imported: [], present: [IMAGE] })));
    expect(await engine.containers(cluster)).toEqual(before);
    expect(await ownVolumes()).toEqual(volumes);
  });

  it("sends no layer that a node has, and leaves nothing in the image volume", async () => {
    const first = await imageArchive("layers:1", 4_000_000);
    const second = await imageArchive("layers:2", 2_000_000, first.layers);
    const results: NodeImages[][] = [];
    for (const [at, { content }] of [first, second].entries()) {
      const file = join(world().home, `layers-${at}.tar`);
      await writeFile(file, content);
      results.push(await world().json<NodeImages[]>("image", "import", file, "-c", cluster));
    }
    expect(results.map((result) => result.map(({ sent }) => Math.floor(sent / 1_000_000)))).toEqual(
      [
        [4, 4],
        [2, 2],
      ],
    );
    for (const [name, { id }] of [
      ["docker.io/library/layers:1", first],
      ["docker.io/library/layers:2", second],
    ] as const) {
      expect(await onEveryNode(name)).toEqual([id, id]);
    }
    for (const node of nodes()) {
      expect(await engine.client("exec", node, "ls", "/k3d/images")).toBe("");
    }
  });

  it("is interrupted without a trace on the nodes", async () => {
    const running = world().spawn(["image", "import", "-", "-c", cluster, "--progress", "json"], {
      stdin: "pipe",
    });
    const { content } = await imageArchive("cut:1", 5_000_000);
    running.stdin?.on("error", () => {});
    running.stdin?.write(content.subarray(0, 4_000_000));
    let seen = "";
    await new Promise<void>((resolve) => {
      running.stderr?.on("data", (chunk: Buffer) => {
        seen += chunk.toString();
        if (seen.includes("step.progress")) resolve();
      });
      void running.then(() => resolve());
    });
    expect(seen).toContain("step.progress");
    running.kill("SIGINT");
    const { exitCode, stderr } = await running;
    expect(exitCode, String(stderr)).toBe(130);
    for (const node of nodes()) {
      await expect
        .poll(() => engine.client("exec", node, "ps"), { timeout: 10_000 })
        .not.toContain("images import");
      expect(await imagesOf(node)).not.toHaveProperty("docker.io/library/cut:1");
    }
  });
});
