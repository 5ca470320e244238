import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImageSource } from "@k3d/core";
import type { Builder } from "./builders.js";
import { outputOf, show } from "./run.js";

/**
 * Gives a built image to `use` as an archive: from the builder's standard output, or from a file in a
 * private directory, which is gone afterwards.
 */
export async function withBuiltImage<Result>(
  builder: Builder,
  tag: string,
  signal: AbortSignal,
  use: (source: ImageSource) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), "k3d-build-"));
  try {
    const file = join(directory, "image.tar");
    const { args, toFile } = builder.save(tag, file);
    if (toFile) await show(builder.name, args, signal);
    return await use({
      kind: "archive",
      name: tag,
      canReopen: true,
      open: async () => (toFile ? createReadStream(file) : outputOf(builder.name, args, signal)),
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
