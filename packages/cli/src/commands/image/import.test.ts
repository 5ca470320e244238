import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterImageOperations, ImageSource } from "@k3d/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runCommand } from "@k3d/plugin-kit/testing";
import ImageImport from "./import.js";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "k3d-import-"));
});
afterEach(() => rm(dir, { recursive: true }));

/** Runs the command on operations that note what they are asked for. */
async function run(...argv: string[]) {
  const calls: { clusters: readonly string[]; sources: readonly ImageSource[] }[] = [];
  const asked: object[] = [];
  const images: Pick<ClusterImageOperations, "import"> = {
    import: async (clusters, sources, { signal: _, ...options } = {}) => {
      calls.push({ clusters, sources });
      asked.push(options);
      const names = sources.map((source) =>
        source.kind === "image" ? source.reference : source.name,
      );
      return {
        nodes: clusters.map((cluster) => ({
          node: `k3d-${cluster}-server-0`,
          cluster,
          imported: names.slice(0, 1),
          present: names.slice(1),
          sent: 7,
        })),
      };
    },
  };
  const result = await runCommand(ImageImport, argv, { images, clusters: {} });
  return { ...result, calls, asked };
}

describe("image import", () => {
  it("takes what is not a file for an image", async () => {
    const { calls, stderr, stdout } = await run("app:dev", "other:1", "-c", "demo");
    expect(calls).toEqual([
      {
        clusters: ["demo"],
        sources: [
          { kind: "image", reference: "app:dev" },
          { kind: "image", reference: "other:1" },
        ],
      },
    ]);
    expect(stderr).toContain("Imported into demo: app:dev; already in demo: other:1");
    expect(stdout).toBe("");
  });

  it("goes to the cluster of the nearest project file, unless one is named", async () => {
    const below = join(dir, "a", "b");
    await mkdir(below, { recursive: true });
    await writeFile(
      join(dir, ".k3d.yaml"),
      "apiVersion: k3d.io/v1alpha5\nkind: Simple\nmetadata: { name: shop }\n",
    );
    const cwd = vi.spyOn(process, "cwd").mockReturnValue(below);
    try {
      const { calls, stderr } = await run("app:dev");
      expect(calls[0]?.clusters).toEqual(["shop"]);
      expect(stderr).toContain(join(dir, ".k3d.yaml"));
      expect((await run("app:dev", "-c", "demo")).calls[0]?.clusters).toEqual(["demo"]);
    } finally {
      cwd.mockRestore();
    }
  });

  it("takes files for archives, with their size, and each name once", async () => {
    const file = join(dir, "app");
    await writeFile(file, "content");
    const { calls } = await run(file, file);
    expect(calls[0]?.sources).toMatchObject([{ kind: "archive", name: file, size: 7 }]);
    const [source] = calls[0]?.sources ?? [];
    const stream = source?.kind === "archive" ? await source.open() : undefined;
    expect(String(await stream?.toArray())).toBe("content");
  });

  it("imports into k3s-default, or into each cluster that is named", async () => {
    expect((await run("app")).calls[0]?.clusters).toEqual(["k3s-default"]);
    const { calls, connections, stdout } = await run(
      "app",
      "-c",
      "one",
      "--cluster",
      "two,one",
      "--json",
    );
    expect(calls[0]?.clusters).toEqual(["one", "two"]);
    expect(connections[0]).toMatchObject({ wanted: { clusters: ["one", "two"] } });
    expect(JSON.parse(stdout)).toEqual([
      { node: "k3d-one-server-0", cluster: "one", imported: ["app"], present: [], sent: 7 },
      { node: "k3d-two-server-0", cluster: "two", imported: ["app"], present: [], sent: 7 },
    ]);
  });

  it("takes the flags of the Go k3d, and says which have no effect", async () => {
    const { stderr, exitCode, asked } = await run("app", "-m", "tools-node", "-k", "-t");
    expect([exitCode, asked]).toMatchObject([
      0,
      [{ mode: "tools-node", keepTarball: true, allPlatforms: false }],
    ]);
    expect(stderr).toContain("--keep-tools has no effect");
    const streamed = await run("app", "--keep-tarball");
    expect(streamed.asked).toMatchObject([
      { mode: "auto", keepTarball: false, allPlatforms: false },
    ]);
    expect(streamed.stderr).toContain("--keep-tarball has no effect without --mode tools-node");
  });

  it("passes platforms on", async () => {
    const { asked } = await run("app", "--platform", "linux/arm64");
    expect(asked).toMatchObject([{ platform: "linux/arm64" }]);
    expect((await run("app", "--all-platforms")).asked).toMatchObject([{ allPlatforms: true }]);
  });

  it("reads an OCI layout directory as an archive", async () => {
    const blobs = join(dir, "blobs", "sha256");
    await mkdir(blobs, { recursive: true });
    await writeFile(join(dir, "oci-layout"), "{}");
    await writeFile(join(dir, "index.json"), "[]");
    await writeFile(join(blobs, "abc"), "layer");
    const { calls } = await run(dir);
    const [source] = calls[0]?.sources ?? [];
    expect(source).toMatchObject({ kind: "archive", name: dir, canReopen: true });
    const stream = source?.kind === "archive" ? await source.open() : undefined;
    const tar = Buffer.concat((await stream?.toArray()) as Buffer[]).toString("latin1");
    for (const name of ["oci-layout", "index.json", "blobs/sha256/abc"]) {
      expect(tar).toContain(name);
    }
  });

  it.each([
    ["no image", [], 2, "No image is named"],
    ["a file that is not there", ["./app.tar"], 3, "File './app.tar' does not exist"],
    ["an archive that is not there", ["app.tar.gz"], 3, "File 'app.tar.gz' does not exist"],
    ["a directory", ["/"], 2, "/ is a directory"],
    ["standard input twice", ["-", "-"], 2, "only once"],
    ["an unknown mode", ["app", "--mode", "fast"], 2, "mode"],
  ])("refuses %s", async (_, argv, code, message) => {
    const { exitCode, stderr, calls } = await run(...argv);
    expect([exitCode, stderr]).toEqual([code, expect.stringContaining(message)]);
    expect(calls).toEqual([]);
  });
});
