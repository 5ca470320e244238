import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Runs `use` with the path of a file that holds `lines` and that only this
 * user can read; without lines, with no path. The file is gone afterwards.
 *
 * @param dir where temporary files may be put.
 */
export async function withSecretFile<T>(
  dir: string,
  lines: readonly string[],
  use: (path: string | undefined) => Promise<T>,
): Promise<T> {
  if (lines.length === 0) return use(undefined);
  const folder = await mkdtemp(join(dir, "k3d-podman-"));
  try {
    const path = join(folder, "labels");
    await writeFile(path, `${lines.join("\n")}\n`, { mode: 0o600 });
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
