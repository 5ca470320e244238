import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";
import { describe, expect, it } from "vitest";
import { imagesOf } from "./images.js";
import { chosenImages, type PlatformChoice } from "./layout.js";
import { readArchive } from "./read.js";

const signal = new AbortController().signal;
const AMD64 = { os: "linux", architecture: "amd64" };
const ARM64 = { os: "linux", architecture: "arm64", variant: "v8" };

type Files = Record<string, Buffer>;

function digestOf(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** Adds a blob and describes it. */
function blob(files: Files, value: object | Buffer, more: object = {}) {
  const content = Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value));
  const digest = digestOf(content);
  files[`blobs/sha256/${digest.slice(7)}`] = content;
  return { mediaType: "application/octet-stream", digest, size: content.length, ...more };
}

function platformImage(files: Files, platform: object) {
  const layer = blob(files, Buffer.from(`layer of ${JSON.stringify(platform)}`));
  const config = blob(files, { ...platform, rootfs: { diff_ids: [layer.digest] } });
  return blob(files, { schemaVersion: 2, config, layers: [layer] }, { platform });
}

/** An OCI layout with one image for two platforms, and what a builder attests of it. */
function layout(annotations: object): Files {
  const files: Files = { "oci-layout": Buffer.from('{"imageLayoutVersion":"1.0.0"}') };
  const manifests = [AMD64, ARM64].map((platform) => platformImage(files, platform));
  const attestation = platformImage(files, { os: "unknown", architecture: "unknown" });
  const index = blob(files, { schemaVersion: 2, manifests: [...manifests, attestation] });
  files["index.json"] = Buffer.from(JSON.stringify({ manifests: [{ ...index, annotations }] }));
  return files;
}

async function tar(files: Files): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(files)) archive.entry({ name }, content);
  archive.finalize();
  return buffer(archive);
}

async function read(content: Buffer) {
  const source = Readable.from([content], { objectMode: false });
  return readArchive(source, [], { name: "app.tar", signal, canReopen: false });
}

async function choose(files: Files, choice: PlatformChoice) {
  return chosenImages(await read(await tar(files)), ({ names }) => names, choice);
}

describe("an OCI layout", () => {
  const named = { "io.containerd.image.name": "docker.io/library/app:1" };

  it("tells its images, by containerd's name or by a full one", async () => {
    for (const [annotations, names] of [
      [named, ["docker.io/library/app:1"]],
      [{ "org.opencontainers.image.ref.name": "app:1" }, ["docker.io/library/app:1"]],
      [{ "org.opencontainers.image.ref.name": "latest" }, []],
      [{ "org.opencontainers.image.ref.name": "no/SUCH:one" }, []],
      [{}, []],
    ] as const) {
      const [image] = imagesOf(await read(await tar(layout(annotations))));
      expect(image?.names).toEqual(names);
      expect(image?.platforms.map(({ platform }) => platform)).toEqual([AMD64, ARM64]);
    }
  });

  it.each([
    [{ machine: "linux/amd64" }, ["amd64"]],
    [{ machine: "linux/arm64" }, ["arm64"]],
    [{ only: "linux/arm64" }, ["arm64"]],
    [{ only: "linux/arm64/v8" }, ["arm64"]],
    [{ all: true }, ["amd64", "arm64"]],
  ] as const)("is imported for %o", async (choice, architectures) => {
    const [chosen] = await choose(layout(named), choice);
    expect(chosen?.image.platforms.map(({ platform }) => platform.architecture)).toEqual(
      architectures,
    );
  });

  it.each([
    [
      { machine: "linux/s390x" },
      "is for linux/amd64, linux/arm64/v8, and the nodes are linux/s390x",
    ],
    [{ only: "linux/riscv64" }, "is for linux/amd64, linux/arm64/v8, not for linux/riscv64"],
    [{ only: "linux/arm64/v7" }, "not for linux/arm64/v7"],
  ])("is refused for %o", async (choice, message) => {
    await expect(choose(layout(named), choice)).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: expect.stringContaining(message),
    });
  });

  it("is refused without a name", async () => {
    await expect(choose(layout({}), { all: true })).rejects.toMatchObject({
      message: "Archive app.tar holds an image without a name, which no pod could ask for",
      hint: expect.stringContaining("docker save NAME:TAG"),
    });
  });

  it("with one flipped byte, or cut short anywhere, is refused", async () => {
    const content = await tar(layout(named));
    const flipped = Buffer.from(content);
    const at = flipped.indexOf("layer of");
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    await expect(read(flipped)).rejects.toMatchObject({
      message: expect.stringMatching(/^Archive app\.tar is damaged: blob sha256:/),
    });
    for (let length = 0; length < content.length - 1024; length += 700) {
      const cut = read(content.subarray(0, length)).then(imagesOf);
      await expect(cut, `cut after ${length} bytes`).rejects.toMatchObject({
        code: "INVALID_INPUT",
        message: expect.stringMatching(/^Archive app\.tar is (?:cut short|incomplete)/),
      });
    }
  });
});

describe("a docker-archive", () => {
  const config = Buffer.from(JSON.stringify({ ...AMD64, rootfs: { diff_ids: [] } }));
  const manifest = (entry: object): Buffer =>
    Buffer.from(
      JSON.stringify([
        { Config: "c.json", RepoTags: ["app:1"], Layers: ["l/layer.tar"], ...entry },
      ]),
    );

  it("tells its images, also through links", async () => {
    const archive = pack();
    archive.entry({ name: "l/layer.tar", type: "symlink", linkname: "../k/layer.tar" });
    archive.entry({ name: "k/layer.tar" }, Buffer.from("layer"));
    archive.entry({ name: "c.json" }, config);
    archive.entry({ name: "manifest.json" }, manifest({}));
    archive.finalize();
    const [image] = imagesOf(await read(await buffer(archive)));
    expect(image).toMatchObject({
      names: ["docker.io/library/app:1"],
      platforms: [
        {
          config: { digest: digestOf(config) },
          layers: [{ digest: digestOf(Buffer.from("layer")) }],
        },
      ],
    });
  });

  it.each([
    ["no configuration", { Config: "x.json" }, "it lacks configuration x.json"],
    ["no layer", { Layers: ["x.tar"] }, "it lacks layer x.tar"],
  ])("with %s is refused", async (_, entry, message) => {
    const files = {
      "c.json": config,
      "l/layer.tar": Buffer.from("x"),
      "manifest.json": manifest(entry),
    };
    const contents = await read(await tar(files));
    expect(() => imagesOf(contents)).toThrow(message);
  });
});
