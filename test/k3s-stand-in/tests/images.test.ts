import { mkdirSync, writeFileSync } from "node:fs";
import { Readable } from "node:stream";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hostPlatform } from "../src/images/types.ts";
import { dockerArchive, image, ociArchive, sha256, tar } from "./support/archives.ts";
import { execOn } from "./support/commands.ts";
import { imageTools } from "./support/image-tools.ts";
import { TestNode } from "./support/node.ts";

const timeout = 60_000;
const node = new TestNode({ name: "node", env: { K3S_TOKEN: "t" } });

beforeAll(async () => {
  const preloaded = node.data("agent/images");
  mkdirSync(preloaded, { recursive: true });
  writeFileSync(
    `${preloaded}/first.tar`,
    await dockerArchive(await image("preloaded"), ["rancher/preloaded:v1"]),
  );
  writeFileSync(`${preloaded}/broken.tar`, "nothing");
  node.startServer();
  await node.waitForLog("Annotations and labels have been set");
}, timeout);

afterAll(() => node.dispose());

const { ctrImport, names, blobs } = imageTools(node);

test("archives that lie ready are loaded at boot", { timeout }, async () => {
  expect(await names()).toContain("docker.io/rancher/preloaded:v1");
  expect(node.logs).toContain("Imported docker.io/rancher/preloaded:v1");
  expect(node.logs).toMatch(/Error encountered while importing .*broken\.tar: unexpected EOF/);
});

describe("ctr images import", () => {
  test.each([
    ["plain", (archive: Buffer) => archive],
    ["gzip", gzipSync],
    ["zstd", zstdCompressSync],
  ])("takes a %s docker archive from standard input", { timeout }, async (kind, compress) => {
    const source = await image(kind);
    const { code, stdout, stderr } = await ctrImport(
      compress(await dockerArchive(source, [`${kind}:one`, `example.com:5000/team/${kind}:two`])),
    );
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(`unpacking docker.io/library/${kind}:one (sha256:`);
    expect(await names()).toEqual(
      expect.arrayContaining([
        `docker.io/library/${kind}:one`,
        `example.com:5000/team/${kind}:two`,
      ]),
    );
    const listed = JSON.parse((await execOn(node, ["crictl", "images", "-o", "json"])).stdout) as {
      images: { id: string; repoTags: string[]; size: string }[];
    };
    const own = listed.images.find(({ id }) => id === sha256(source.config));
    expect(own?.repoTags).toEqual([
      `docker.io/library/${kind}:one`,
      `example.com:5000/team/${kind}:two`,
    ]);
    expect(Number(own?.size)).toBeGreaterThan(
      source.config.length + source.layers[0]!.length + source.layers[1]!.length,
    );
  });

  test(
    "takes an OCI layout from a file, with digest and platform as they are",
    { timeout },
    async () => {
      const source = await image("oci");
      const file = node.path("oci.tar");
      writeFileSync(file, await ociArchive("registry.example/oci:v1", [source]));
      expect((await execOn(node, ["ctr", "images", "import", "--no-unpack", file])).stdout).toBe(
        "",
      );
      const { stdout } = await execOn(node, [
        "ctr",
        "images",
        "ls",
        "name==registry.example/oci:v1",
      ]);
      expect(stdout.split("\n")[0]?.split(/\s+/)).toEqual([
        "REF",
        "TYPE",
        "DIGEST",
        "SIZE",
        "PLATFORMS",
        "LABELS",
      ]);
      expect(stdout).toMatch(
        /registry\.example\/oci:v1 +application\/vnd\.oci\.image\.index\.v1\+json +sha256:[0-9a-f]{64} +\d+\.\d KiB linux\/(amd64|arm64)/,
      );
      expect(
        (await execOn(node, ["crictl", "inspecti", "registry.example/oci:v1"])).stdout,
      ).toContain(sha256(source.config));
    },
  );

  test("needs all platforms only when asked for all", { timeout }, async () => {
    const own = await image("own");
    const foreign = await image("foreign", { os: "linux", architecture: "s390x" });
    const partial = await ociArchive("registry.example/multi:v1", [own, foreign], [foreign]);
    const all = await ctrImport(partial, ["--all-platforms"]);
    expect([all.code, all.stderr]).toEqual([
      1,
      `ctr: content digest ${foreign.descriptor.digest}: not found\n`,
    ]);
    expect(await names()).not.toContain("registry.example/multi:v1");
    expect((await ctrImport(partial)).code).toBe(0);
    const whole = await ctrImport(await ociArchive("registry.example/multi:v2", [own, foreign]), [
      "--all-platforms",
      "--digests",
    ]);
    expect(whole.code).toBe(0);
    const { stdout } = await execOn(node, [
      "ctr",
      "images",
      "ls",
      "name==registry.example/multi:v2",
    ]);
    expect(stdout).toContain(`linux/${hostPlatform().architecture},linux/s390x`);
    expect(await names()).toContainEqual(
      expect.stringMatching(/^import-\d{4}-\d\d-\d\d@sha256:[0-9a-f]{64}$/),
    );
  });

  test("refuses what is broken and leaves nothing of it", { timeout }, async () => {
    const source = await image("broken");
    const good = await dockerArchive(source, ["broken:v1"]);
    const layout = await ociArchive("broken.example/a:v1", [source]);
    const swapped = Buffer.from(layout);
    swapped.write("X", swapped.indexOf("broken.txt") + 600);
    const lying = { ...source, layers: [source.layers[0]!, await tar([["other", "content"]])] };
    const cases: [Buffer, string][] = [
      [good.subarray(0, 3000), "unexpected EOF"],
      [gzipSync(good).subarray(0, 400), "unexpected"],
      [Buffer.alloc(4096, "junk"), "archive/tar: invalid tar header"],
      [Buffer.from("no"), "unexpected EOF"],
      [await tar([["readme", "hello"]]), "unrecognized image format"],
      [swapped, "unexpected commit digest"],
      [await dockerArchive(lying, ["broken:v2"]), "wrong diff id calculated on extraction"],
      [
        await tar([
          [
            "manifest.json",
            JSON.stringify([{ Config: "gone.json", RepoTags: ["a:b"], Layers: [] }]),
          ],
        ]),
        'failed to resolve "gone.json"',
      ],
    ];
    const before = blobs();
    for (const [archive, message] of cases) {
      const { code, stderr } = await ctrImport(archive);
      expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
      expect(stderr).toMatch(/^ctr: /);
    }
    expect(blobs()).toEqual(before);
    expect((await names()).filter((name) => name.includes("broken"))).toEqual([]);
  });
});

test("images are tagged, exported, imported again and removed", { timeout }, async () => {
  await ctrImport(await dockerArchive(await image("cycle"), ["cycle:v1"]));
  await execOn(node, [
    "ctr",
    "images",
    "tag",
    "docker.io/library/cycle:v1",
    "docker.io/library/cycle:v2",
  ]);
  expect(
    (
      await execOn(node, [
        "ctr",
        "images",
        "tag",
        "docker.io/library/cycle:v1",
        "docker.io/library/cycle:v2",
      ])
    ).stderr,
  ).toContain("already exists");
  const file = node.path("exported.tar");
  expect(
    (await execOn(node, ["ctr", "images", "export", file, "docker.io/library/cycle:v2"])).code,
  ).toBe(0);
  expect((await execOn(node, ["crictl", "rmi", "cycle:v1"])).stdout).toContain(
    "Deleted: docker.io/library/cycle:v1",
  );
  expect((await names()).filter((name) => name.includes("cycle"))).toEqual([]);
  expect((await execOn(node, ["ctr", "images", "import", file])).code).toBe(0);
  expect((await names()).filter((name) => name.includes("cycle"))).toEqual([
    "docker.io/library/cycle:v2",
  ]);
  expect((await execOn(node, ["ctr", "images", "rm", "docker.io/library/cycle:v2"])).stdout).toBe(
    "docker.io/library/cycle:v2\n",
  );
  expect(await execOn(node, ["ctr", "images", "rm", "docker.io/library/cycle:v2"])).toMatchObject({
    code: 1,
    stderr: 'ctr: image "docker.io/library/cycle:v2": not found\n',
  });
});

test("namespaces of containerd are apart, and the CRI sees its own", { timeout }, async () => {
  await execOn(
    node,
    ["ctr", "-n", "other", "images", "import", "-"],
    Readable.from([await dockerArchive(await image("apart"), ["apart:v1"])]),
  );
  expect(await names()).not.toContain("docker.io/library/apart:v1");
  expect((await execOn(node, ["ctr", "--namespace=other", "i", "ls", "-q"])).stdout).toBe(
    "docker.io/library/apart:v1\n",
  );
  expect((await execOn(node, ["crictl", "images"])).stdout).not.toContain("apart");
});

test("imports at the same time all count", { timeout }, async () => {
  const archives = await Promise.all(
    ["p1", "p2", "p3"].map(async (marker) => dockerArchive(await image(marker), [`${marker}:v1`])),
  );
  const results = await Promise.all(archives.map((archive) => ctrImport(archive)));
  expect(results.map(({ code, stderr }) => [code, stderr])).toEqual([
    [0, ""],
    [0, ""],
    [0, ""],
  ]);
  expect(await names()).toEqual(
    expect.arrayContaining(["p1", "p2", "p3"].map((marker) => `docker.io/library/${marker}:v1`)),
  );
});

test("tools fail while containerd does not run, and on wrong usage", { timeout }, async () => {
  const idle = new TestNode({ name: "idle" });
  try {
    expect(await execOn(idle, ["ctr", "images", "ls"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('failed to dial "/run/k3s/containerd/containerd.sock"'),
    });
  } finally {
    await idle.dispose();
  }
  expect(await execOn(node, ["ctr", "images", "import"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("please provide an image archive"),
  });
  expect(await execOn(node, ["ctr", "images", "import", "/nonexistent.tar"])).toMatchObject({
    code: 1,
    stderr: "ctr: open /nonexistent.tar: no such file or directory\n",
  });
  expect(await execOn(node, ["ctr", "images", "import", "--frob", "-"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("flag provided but not defined: -frob"),
  });
});
