import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { imageArchive } from "../support/image-archive.js";
import { imagesOfNode } from "../support/node-images.js";
import { onEveryEngine } from "../support/suite.js";

/** An image that every engine under test has; the set-up of the tests names it. */
const IMAGE = process.env["K3D_IMAGE_LOADBALANCER"] ?? "k3d.local/loadbalancer:dev";

onEveryEngine("image import, bad input", (world, engine) => {
  let cluster: string;
  const nodes = (): string[] => [`k3d-${cluster}-server-0`, `k3d-${cluster}-agent-0`];

  beforeAll(async () => {
    cluster = world().name("img");
    await world().k3d("cluster", "create", cluster, "--agents", "1");
  }, 120_000);
  afterAll(() => world().k3d("cluster", "delete", cluster));

  const imagesOf = (node: string): Promise<Record<string, string>> => imagesOfNode(engine, node);
  const inHome = (arg: string): string => (/^\w+\.tar$/.test(arg) ? join(world().home, arg) : arg);

  it.each([
    { why: "an unknown image", args: ["none.example.org/none:1"], code: 6, says: "none:1" },
    { why: "a missing file", args: ["./none.tar"], code: 3, says: "There is no file" },
    { why: "no archive", args: ["/etc/hostname", "./x.tar"], code: 3, says: "There is no file" },
    { why: "a text file", args: ["/etc/passwd"], code: 2, says: "no image archive" },
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
