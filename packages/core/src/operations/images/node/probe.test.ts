import { describe, expect, it } from "vitest";
import { parseProbe } from "./probe.js";

describe("parseProbe", () => {
  const hex = "ab".repeat(32);

  it("reads blobs, the volume, and the archives in it", () => {
    const output = [
      "total 2000",
      `-r--r--r--    1 0        0            29345 Nov 26 21:17 ${hex}`,
      `-r--r--r-- 1 65534 65534 5 Jan  3  2025 ${"cd".repeat(32)}`,
      "-r--r--r-- 1 0 0 5 Jan 3 2025 unfinished",
      "1019 1003 8:16 /volumes/k3d-demo-images/_data /k3d/images rw,relatime - ext4 /dev/vda rw",
      "k3d-import-00-11.tar",
      "notes.txt",
      "",
    ].join("\n");
    expect(parseProbe(output)).toEqual({
      blobs: new Map([
        [`sha256:${hex}`, 29_345],
        [`sha256:${"cd".repeat(32)}`, 5],
      ]),
      volume: "8:16 /volumes/k3d-demo-images/_data",
      archives: ["k3d-import-00-11.tar"],
      images: new Map(),
    });
  });

  it("reads images behind the files", () => {
    const tagged = { id: "sha256:1", repoTags: ["app:1"], repoDigests: null };
    const named = { id: "sha256:2", repoTags: null, repoDigests: ["app@sha256:3"] };
    const images = JSON.stringify({ images: [tagged, named] }, null, 2);
    expect(parseProbe(`total 0\nimages:\n${images}\n`).images).toEqual(
      new Map([
        ["app:1", "sha256:1"],
        ["app@sha256:3", "sha256:2"],
      ]),
    );
  });

  it("finds nothing where a node tells nothing", () => {
    const nothing = { blobs: new Map(), archives: [], images: new Map() };
    expect(parseProbe("")).toEqual(nothing);
    expect(parseProbe("sh: ls: not found\n")).toEqual(nothing);
    expect(parseProbe("images:\ncrictl: not found\n")).toEqual(nothing);
  });
});
