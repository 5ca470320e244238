import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Hands `work` the path of a file with this content that only the user can read, and removes it afterwards. */
export async function withPrivateFile<T>(
  content: string,
  work: (path: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "k3d-run-"));
  try {
    const path = join(directory, "kubeconfig.yaml");
    await writeFile(path, content, { mode: 0o600, flag: "wx" });
    return await work(path);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
