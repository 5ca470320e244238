import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packLayer } from "./layer.ts";
import { RECIPE_LABEL, writeImage } from "./oci-layout.ts";

const REFERENCE = "k3d.local/sample:dev";

describe("an image written without an engine", () => {
  let folder: string;
  let image: string;
  const read = (path: string) => JSON.parse(readFileSync(join(image, path), "utf8"));
  const blob = (digest: string) => join(image, "blobs/sha256", digest.replace("sha256:", ""));

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "k3d-layout-"));
    image = join(folder, "image");
    mkdirSync(join(folder, "root/bin"), { recursive: true });
    writeFileSync(join(folder, "root/bin/tool"), "tool", { mode: 0o755 });
    const layer = join(folder, "layer.tar");
    await packLayer(join(folder, "root"), layer);
    const settings = { cmd: ["tool"], volumes: ["/data"], exposedPorts: ["80/tcp"] };
    await writeImage(image, layer, REFERENCE, settings, "0123");
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("is an OCI layout whose descriptors tell the truth", () => {
    expect(read("oci-layout")).toEqual({ imageLayoutVersion: "1.0.0" });
    const [descriptor] = read("index.json").manifests;
    expect(descriptor.annotations["org.opencontainers.image.ref.name"]).toBe(REFERENCE);
    const manifest = JSON.parse(readFileSync(blob(descriptor.digest), "utf8"));
    for (const { digest, size } of [descriptor, manifest.config, ...manifest.layers]) {
      const content = readFileSync(blob(digest));
      expect(`sha256:${createHash("sha256").update(content).digest("hex")}`).toBe(digest);
      expect(statSync(blob(digest)).size).toBe(size);
    }
  });

  it("is a docker-archive over the same blobs", () => {
    const [{ Config, RepoTags, Layers }] = read("manifest.json");
    expect(RepoTags).toEqual([REFERENCE]);
    const config = read(Config);
    expect(config.config).toMatchObject({
      Cmd: ["tool"],
      Volumes: { "/data": {} },
      ExposedPorts: { "80/tcp": {} },
      Labels: { [RECIPE_LABEL]: "0123" },
    });
    expect(config.rootfs.diff_ids).toEqual([`sha256:${Layers[0].split("/").at(-1)}`]);
    const listing = execFileSync("tar", ["-tvf", join(image, Layers[0])], { encoding: "utf8" });
    expect(listing).toMatch(/^-rwxr-xr-x 0\/0 .* \.\/bin\/tool$/m);
  });

  it("is the same image when made again", async () => {
    const again = join(folder, "again");
    const layer = join(folder, "layer.tar");
    await packLayer(join(folder, "root"), layer);
    const settings = { cmd: ["tool"], volumes: ["/data"], exposedPorts: ["80/tcp"] };
    await writeImage(again, layer, REFERENCE, settings, "0123");
    expect(readFileSync(join(again, "index.json"))).toEqual(
      readFileSync(join(image, "index.json")),
    );
  });
});
