import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Runs `use` with a directory of its own below `dir`, which only this user can enter and which is gone afterwards. */
export async function withPrivateDir<T>(
  dir: string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(dir, "k3d-podman-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

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
  return withPrivateDir(dir, async (folder) => {
    const path = join(folder, "labels");
    await writeFile(path, `${lines.join("\n")}\n`, { mode: 0o600 });
    return use(path);
  });
}
