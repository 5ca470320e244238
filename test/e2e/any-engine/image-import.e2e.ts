import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { imageArchive } from "../support/image-archive.js";
import { imagesOfNode } from "../support/node-images.js";
import { onEveryEngine } from "../support/suite.js";

/** An image that every engine under test has; the set-up of the tests names it. */
const IMAGE = process.env["K3D_IMAGE_LOADBALANCER"] ?? "k3d.local/loadbalancer:dev";

onEveryEngine("image import, of any engine", (world, engine) => {
  let cluster: string;
  const nodes = (): string[] => [`k3d-${cluster}-server-0`, `k3d-${cluster}-agent-0`];

  beforeAll(async () => {
    cluster = world().name("img");
    await world().k3d("cluster", "create", cluster, "--agents", "1");
  }, 120_000);
  afterAll(() => world().k3d("cluster", "delete", cluster));

  const imagesOf = (node: string): Promise<Record<string, string>> => imagesOfNode(engine, node);
  const onEveryNode = async (reference: string): Promise<(string | undefined)[]> =>
    Promise.all(nodes().map(async (node) => (await imagesOf(node))[reference]));
  const inHome = (arg: string): string => (/^\w+\.tar$/.test(arg) ? join(world().home, arg) : arg);

  it.each([
    { why: "an unknown image", args: ["none.example.org/none:1"], code: 6, says: "none:1" },
    { why: "a missing file", args: ["./none.tar"], code: 3, says: "does not exist" },
    { why: "no archive", args: ["/etc/hostname", "./x.tar"], code: 3, says: "does not exist" },
    { why: "a text file", args: ["/etc/passwd"], code: 2, says: "not an image archive" },
    { why: "an archive without names", args: ["unnamed.tar"], code: 2, says: "without a name" },
    { why: "an archive cut short", args: ["cut.tar"], code: 2, says: "cut short" },
    { why: "another platform", args: ["foreign.tar"], code: 2, says: "is for linux/s390x" },
    { why: "nothing", args: [], code: 2, says: "No image is named" },
  ])("$why is refused, and nothing is copied", async ({ args, code, says }) => {
    const { content } = await imageArchive("whole:1");
    for (const [name, archive] of [
      ["unnamed.tar", (await imageArchive(undefined)).content],
      ["cut.tar", content.subarray(0, 60_000)],
      ["foreign.tar", (await imageArchive("foreign:1", 1000, [], "s390x")).content],
    ] as const) {
      await writeFile(join(world().home, name), archive);
    }
    const before = await Promise.all(nodes().map((node) => imagesOf(node)));
    const result = await world().run(["image", "import", ...args.map(inHome), "-c", cluster]);
    expect([result.exitCode, result.stderr]).toEqual([code, expect.stringContaining(says)]);
    expect(await Promise.all(nodes().map((node) => imagesOf(node)))).toEqual(before);
  });

  it("reads archives from files and from standard input, also compressed ones", async () => {
    const plain = await imageArchive("registry.example.org/plain:1");
    const packed = await imageArchive("registry.example.org/packed:1", 3_000_000);
    const piped = await imageArchive("piped:dev");
    const [file, zipped] = [join(world().home, "plain.tar"), join(world().home, "packed.tar.gz")];
    await writeFile(file, plain.content);
    await writeFile(zipped, gzipSync(packed.content, { level: 1 }));
    await world().k3d("image", "import", file, zipped, "--cluster", cluster);
    const result = await world().run(["image", "import", "-", "-c", cluster], {
      input: piped.content,
    });
    expect(result.exitCode, result.stderr).toBe(0);
    for (const [reference, { id }] of [
      ["registry.example.org/plain:1", plain],
      ["registry.example.org/packed:1", packed],
      ["docker.io/library/piped:dev", piped],
    ] as const) {
      expect(await onEveryNode(reference)).toEqual([id, id]);
    }
  });

  it("lists, removes and prunes what the nodes have", async () => {
    const { content, id } = await imageArchive("listed:1");
    const again = await imageArchive("listed:1");
    for (const [at, archive] of [content, again.content].entries()) {
      const file = join(world().home, `listed-${at}.tar`);
      await writeFile(file, archive);
      await world().k3d("image", "import", file, "-c", cluster);
    }
    const name = "docker.io/library/listed:1";
    const names = await world().k3d("image", "list", "-c", cluster, "-o", "name");
    expect(names.split("\n")).toEqual(expect.arrayContaining([name, id]));
    const pruned = await world().json<{ id: string }[]>("image", "prune", "-c", cluster);
    expect(pruned.filter((image) => image.id === id)).toHaveLength(2);
    expect(await onEveryNode(name)).toEqual([again.id, again.id]);
    await world().k3d("image", "remove", "listed:1", "-c", cluster);
    expect(await onEveryNode(name)).toEqual([undefined, undefined]);
    const gone = await world().run(["image", "remove", "listed:1", "-c", cluster]);
    expect([gone.exitCode, gone.stderr]).toEqual([
      6,
      expect.stringContaining("No node has listed:1"),
    ]);
  });

  it("imports into several clusters at once", async () => {
    const other = world().name("img");
    await world().k3d("cluster", "create", other, "--no-lb");
    const { content, id } = await imageArchive("both:1");
    const file = join(world().home, "both.tar");
    await writeFile(file, content);
    await world().k3d("image", "import", file, "-c", cluster, "-c", other);
    expect(await onEveryNode("docker.io/library/both:1")).toEqual([id, id]);
    const elsewhere = await imagesOf(`k3d-${other}-server-0`);
    expect(elsewhere["docker.io/library/both:1"]).toBe(id);
    await world().k3d("cluster", "delete", other);
  });

  it("a node that is stopped is named, and the others get the image", async () => {
    const { content, id } = await imageArchive("partly:1");
    const file = join(world().home, "partly.tar");
    await writeFile(file, content);
    const [server, agent] = nodes() as [string, string];
    await world().k3d("node", "stop", agent);
    const { exitCode, stderr } = await world().run(["image", "import", file, "-c", cluster]);
    expect([exitCode, stderr]).toEqual([10, expect.stringContaining(`${agent}: it is stopped`)]);
    expect((await imagesOf(server))["docker.io/library/partly:1"]).toBe(id);
    await world().k3d("node", "start", agent);
    await world().k3d("image", "import", file, "-c", cluster);
    expect(await onEveryNode("docker.io/library/partly:1")).toEqual([id, id]);
  });

  it.each(["auto", "direct"])(
    "a node that stops while it gets an image is named, and the others get it (--mode %s)",
    async (mode) => {
      const reference = `docker.io/library/halfway-${mode}:1`;
      const { content, id } = await imageArchive(reference, 5_000_000);
      const [server, agent] = nodes() as [string, string];
      const args = ["image", "import", "-", "-c", cluster, "--mode", mode, "--progress", "json"];
      const running = world().spawn(args, { stdin: "pipe" });
      running.stdin?.on("error", () => {});
      running.stdin?.write(content.subarray(0, 4_000_000));
      let seen = "";
      await new Promise<void>((resolve) => {
        running.stderr?.on("data", (chunk: Buffer) => {
          seen += chunk.toString();
          if (nodes().every((node) => seen.includes(`Import <stdin> into ${node}`))) resolve();
        });
        void running.then(() => resolve());
      });
      await world().k3d("node", "stop", agent);
      running.stdin?.end(content.subarray(4_000_000));
      const { exitCode, stderr } = await running;
      expect([exitCode, String(stderr)]).toEqual([
        10,
        expect.stringContaining(`${agent}: it stopped meanwhile`),
      ]);
      expect((await imagesOf(server))[reference]).toBe(id);
      await world().k3d("node", "start", agent);
      expect(await imagesOf(agent)).not.toHaveProperty(reference);
    },
    120_000,
  );

  it("an unknown cluster and one without a running node are told apart", async () => {
    const unknown = await world().run(["image", "import", IMAGE, "-c", "no-such-cluster"]);
    expect([unknown.exitCode, unknown.stderr]).toEqual([
      3,
      expect.stringContaining("Cluster 'no-such-cluster' does not exist"),
    ]);
    await world().k3d("cluster", "stop", cluster);
    const stopped = await world().run(["image", "import", IMAGE, "-c", cluster]);
    expect([stopped.exitCode, stopped.stderr]).toEqual([
      10,
      expect.stringContaining(`k3d cluster start ${cluster}`),
    ]);
    await world().k3d("cluster", "start", cluster);
  });
});
