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
    });
  });

  it("finds nothing where a node tells nothing", () => {
    expect(parseProbe("")).toEqual({ blobs: new Map(), archives: [] });
    expect(parseProbe("sh: ls: not found\n")).toEqual({ blobs: new Map(), archives: [] });
  });
});
