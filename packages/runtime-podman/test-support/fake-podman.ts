import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder for one test. */
export interface TestFolder {
  path: string;
  /** Writes a file below it, with the folders it needs. */
  write(file: string, content: string, mode?: number): Promise<string>;
  remove(): Promise<void>;
}

export async function testFolder(): Promise<TestFolder> {
  const path = await mkdtemp(join(tmpdir(), "k3d-podman-test-"));
  return {
    path,
    async write(file, content, mode = 0o644) {
      const target = join(path, file);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, content);
      await chmod(target, mode);
      return target;
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

/** Puts a shell script in the place of podman. */
export function fakePodman(folder: TestFolder, script: string): Promise<string> {
  return folder.write("bin/podman", `#!/bin/sh\n${script}\n`, 0o755);
}
