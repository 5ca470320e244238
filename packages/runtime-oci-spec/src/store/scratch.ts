import { randomBytes } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { identifyProcess, isSameProcess } from "../host/processes.ts";
import { ignoreMissing } from "../host/json-file.ts";

/**
 * Directories for work under way. Their names tell which process works there,
 * so that those of processes that were killed can be told and deleted.
 */
export class Scratch {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** A path that nothing is at, for `purpose`; its parent exists. */
  async path(purpose: string): Promise<string> {
    const self = await identifyProcess(process.pid);
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    return join(
      this.#directory,
      `${process.pid}-${self?.startTime ?? "0"}-${purpose}-${randomBytes(6).toString("hex")}`,
    );
  }

  async make(purpose: string): Promise<string> {
    const path = await this.path(purpose);
    await mkdir(path, { mode: 0o700 });
    return path;
  }

  /** Deletes what processes left behind that are no more. */
  async sweep(): Promise<void> {
    for (const name of await this.stale())
      await rm(join(this.#directory, name), { recursive: true, force: true });
  }

  /** Names of what processes left behind that are no more. */
  async stale(): Promise<string[]> {
    const stale: string[] = [];
    for (const name of (await readdir(this.#directory).catch(ignoreMissing)) ?? []) {
      const [pid, startTime] = name.split("-");
      const owner = { pid: Number(pid), startTime: startTime ?? "" };
      if (!(await isSameProcess(owner))) stale.push(name);
    }
    return stale;
  }
}
