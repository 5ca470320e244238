import { readdirSync } from "node:fs";
import { Readable } from "node:stream";
import { execOn, type Result } from "./commands.ts";
import type { TestNode } from "./node.ts";

export interface ImageTools {
  /** `ctr images import` of an archive from standard input. */
  ctrImport: (archive: Buffer, flags?: string[]) => Promise<Result>;
  /** Names of the node's images, without those that are ids. */
  names: () => Promise<string[]>;
  /** File names of the node's blobs. */
  blobs: () => string[];
}

/** What the tests of images ask of a node. */
export function imageTools(node: TestNode): ImageTools {
  return {
    ctrImport: (archive, flags = []) =>
      execOn(
        node,
        ["ctr", "-n", "k8s.io", "images", "import", ...flags, "-"],
        Readable.from([archive]),
      ),
    names: async () => {
      const { stdout } = await execOn(node, ["ctr", "images", "ls", "-q"]);
      return stdout.split("\n").filter((name) => name && !name.startsWith("sha256:"));
    },
    blobs: () =>
      readdirSync(
        node.data("agent/containerd/io.containerd.content.v1.content/blobs/sha256"),
      ).sort(),
  };
}
