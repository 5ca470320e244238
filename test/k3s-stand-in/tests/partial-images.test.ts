import { mkdirSync, writeFileSync } from "node:fs";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  dockerArchive,
  image,
  ociArchive,
  sha256,
  tar,
  type TestImage,
} from "./support/archives.ts";
import { execOn, type Result } from "./support/commands.ts";
import { imageTools } from "./support/image-tools.ts";
import { TestNode } from "./support/node.ts";

const timeout = 60_000;
const node = new TestNode({ name: "node", env: { K3S_TOKEN: "t" } });
const { ctrImport, names, blobs } = imageTools(node);

beforeAll(async () => {
  node.startServer();
  await node.waitForLog("Annotations and labels have been set");
  await ctrImport(await dockerArchive(await image("first"), ["first:1"]));
}, timeout);

afterAll(() => node.dispose());

describe("images without a name", () => {
  test(
    "are imported by nothing but success, and known by digest when asked",
    { timeout },
    async () => {
      const before = [await names(), blobs()];
      for (const archive of [
        await dockerArchive(await image("nameless"), null),
        await ociArchive(undefined, [await image("nameless-oci")]),
      ])
        expect(await ctrImport(archive)).toMatchObject({ code: 0, stdout: "", stderr: "" });
      expect([await names(), blobs()]).toEqual(before);

      const source = await image("by-digest");
      const flags = ["--base-name", "example.com/base", "--digests", "--skip-digest-for-named"];
      expect((await ctrImport(await dockerArchive(source, null), flags)).code).toBe(0);
      expect(
        (await ctrImport(await dockerArchive(await image("named"), ["named:1"]), flags)).code,
      ).toBe(0);
      expect((await names()).filter((name) => /base|named:1/.test(name))).toEqual([
        "docker.io/library/named:1",
        expect.stringMatching(/^example\.com\/base@sha256:[0-9a-f]{64}$/),
      ]);
      const listed = JSON.parse(
        (await execOn(node, ["crictl", "images", "-o", "json"])).stdout,
      ) as {
        images: { id: string; repoTags: string[]; repoDigests: string[] }[];
      };
      expect(listed.images.find(({ id }) => id === sha256(source.config))).toMatchObject({
        repoTags: [],
        repoDigests: [expect.stringMatching(/^example\.com\/base@sha256:/)],
      });
      expect((await ctrImport(await tar([]), ["--skip-digest-for-named"])).stderr).toContain(
        "--skip-digest-for-named must be specified with --digests",
      );
    },
  );

  test("stay by their id when their name goes to another image", { timeout }, async () => {
    const [old, young] = [await image("old"), await image("young")];
    await ctrImport(await dockerArchive(old, ["moved:1"]));
    await ctrImport(await dockerArchive(young, ["moved:1"]));
    const id = sha256(old.config);
    const { stdout } = await execOn(node, ["crictl", "inspecti", id]);
    const inspected = JSON.parse(stdout) as { status: object; info: object };
    expect(inspected.status).toMatchObject({ id, repoTags: [], repoDigests: [] });
    expect(inspected.info).toMatchObject({
      chainID: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      imageSpec: { rootfs: { type: "layers" } },
    });
    expect((await execOn(node, ["crictl", "images"])).stdout).toMatch(
      new RegExp(`<none> +<none> +${id.slice(7, 20)}`),
    );
  });
});

describe("a layout that lacks blobs", () => {
  const lacking = async (name: string, source: TestImage, ...gone: Buffer[]): Promise<Buffer> =>
    ociArchive(name, [source], [], gone);

  test("is imported when the node has them already", { timeout }, async () => {
    const first = await image("shared-one");
    const second = await image("shared-two");
    const base = first.layers[0] as Buffer;
    expect(sha256(second.layers[0] as Buffer)).toBe(sha256(base));
    await ctrImport(await ociArchive("registry.example/shared:1", [first]));
    const { code, stderr } = await ctrImport(
      await lacking("registry.example/shared:2", second, base),
    );
    expect([code, stderr]).toEqual([0, ""]);
    expect(await names()).toContain("registry.example/shared:2");
    const list = await execOn(node, ["ctr", "-n", "k8s.io", "content", "ls", "-q"]);
    expect(list.stdout.split("\n")).toContain(sha256(base));
  });

  test("fails for a missing layer and names it", { timeout }, async () => {
    const source = await image("incomplete");
    const own = source.layers[1] as Buffer;
    const before = blobs();
    const archive = await lacking("registry.example/incomplete:1", source, own);
    const { code, stderr } = await ctrImport(archive);
    expect([code, stderr]).toEqual([
      1,
      `ctr: failed to extract layer ${sha256(own)}: failed to get reader from content store: content digest ${sha256(own)}: not found\n`,
    ]);
    expect(await names()).not.toContain("registry.example/incomplete:1");
    expect(blobs()).toEqual(before);
    await execOn(
      node,
      ["ctr", "content", "ingest", "--expected-digest", sha256(own), "layer"],
      Readable.from([own]),
    );
    expect((await ctrImport(archive)).code).toBe(0);
    const missing = await ctrImport(
      await lacking(
        "registry.example/no-config:1",
        await image("no-config"),
        (await image("no-config")).config,
      ),
    );
    expect(missing.stderr).toMatch(/^ctr: content digest sha256:[0-9a-f]{64}: not found\n$/);
  });

  test("blobs are read, ingested with checks, and removed", { timeout }, async () => {
    const content = Buffer.from("a blob");
    const digest = sha256(content);
    const ingest = (...flags: string[]): Promise<Result> =>
      execOn(node, ["ctr", "content", "ingest", ...flags, "ref"], Readable.from([content]));
    expect((await ingest("--expected-size", "3")).stderr).toContain(
      "unexpected commit size 6, expected 3",
    );
    expect((await ingest("--expected-digest", sha256("other"))).stderr).toContain(
      "unexpected commit digest",
    );
    expect((await execOn(node, ["ctr", "content", "get", digest])).stderr).toBe(
      `ctr: content digest ${digest}: not found\n`,
    );
    expect((await ingest("--expected-digest", digest)).code).toBe(0);
    expect((await execOn(node, ["ctr", "content", "get", digest])).stdout).toBe("a blob");
    expect((await execOn(node, ["ctr", "content", "rm", digest])).stdout).toBe(`${digest}\n`);
    expect((await execOn(node, ["ctr", "content", "rm", digest])).code).toBe(1);
  });
});

test("an archive is imported from a file in the image volume", { timeout }, async () => {
  const file = node.path("k3d/images/volume.tar");
  mkdirSync(node.path("k3d/images"), { recursive: true });
  writeFileSync(file, await dockerArchive(await image("volume"), ["volume:1"]), { mode: 0o600 });
  expect((await execOn(node, ["ctr", "-n", "k8s.io", "images", "import", file])).code).toBe(0);
  expect(await names()).toContain("docker.io/library/volume:1");
});
