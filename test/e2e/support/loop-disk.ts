import { mkdir, truncate, writeFile } from "node:fs/promises";
import { execa } from "execa";

/** A disk of its own, in a file, for all that is below a directory. */
export class LoopDisk {
  private constructor(
    /** Where it is mounted. */
    readonly path: string,
  ) {}

  /** @param path makes this directory, and a file of that size beside it. @param size bytes */
  static async mount(path: string, size: number): Promise<LoopDisk> {
    const file = `${path}.img`;
    await writeFile(file, "");
    await truncate(file, size);
    // Without blocks that are for root only: full is full.
    await execa("mkfs.ext4", ["-q", "-F", "-m", "0", file]);
    await mkdir(path);
    await execa("mount", ["-o", "loop", file, path]);
    return new LoopDisk(path);
  }

  async unmount(): Promise<void> {
    await execa("umount", [this.path]);
  }
}
