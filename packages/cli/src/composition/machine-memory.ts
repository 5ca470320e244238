import { readdirSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { isMachineName, K3dError, writeFileSafely } from "@k3d/core";
import { dataDirectory } from "../data-directory.js";
import type { NamedMachine } from "./machines.js";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * How this user reaches the machines of the clusters that were made here: a file for each cluster
 * in `machines` below k3d's data directory. Labels of containers name machines, never endpoints:
 * whoever made the container could send this user's credentials anywhere.
 */
export class MachineMemory {
  readonly #directory: string;
  #first: Promise<string[]> | undefined;

  constructor(env: Environment, homeDir: string) {
    this.#directory = join(dataDirectory(env, homeDir), "machines");
  }

  async remember(cluster: string, machines: readonly NamedMachine[]): Promise<void> {
    await writeFileSafely(this.#file(cluster), `${JSON.stringify({ machines }, undefined, 2)}\n`, {
      secret: true,
    });
  }

  async forget(cluster: string): Promise<void> {
    await rm(this.#file(cluster), { force: true });
  }

  /** {@link clusters} as they were when it was asked first: hardly anybody has any, and every command asks. */
  firstClusters(): Promise<string[]> {
    return (this.#first ??= this.clusters());
  }

  /** Names of the clusters that are remembered. */
  async clusters(): Promise<string[]> {
    return this.#files()
      .filter((name) => name.endsWith(SUFFIX))
      .flatMap(clusterOf);
  }

  #files(): string[] {
    try {
      return readdirSync(this.#directory);
    } catch {
      return [];
    }
  }

  /** @throws `INVALID_CONFIG` for a file that says something else. */
  async of(cluster: string): Promise<NamedMachine[]> {
    const path = this.#file(cluster);
    try {
      const { machines } = JSON.parse(await readFile(path, "utf8")) as { machines: NamedMachine[] };
      if (machines.every(isNamedMachine)) return machines;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    }
    throw new K3dError(
      "INVALID_CONFIG",
      `${path} does not say which machines cluster ${cluster} is on`,
      {
        hint: "Remove it, and name them in K3D_MACHINES.",
      },
    );
  }

  /** Whatever stands in for a name, the file is in the directory. */
  #file(cluster: string): string {
    return join(this.#directory, `${encodeURIComponent(cluster)}${SUFFIX}`);
  }
}

const SUFFIX = ".json";

function clusterOf(file: string): string[] {
  try {
    return [decodeURIComponent(file.slice(0, -SUFFIX.length))];
  } catch {
    return [];
  }
}

const isNamedMachine = ({ name, endpoint }: NamedMachine): boolean =>
  isMachineName(name) && typeof endpoint === "string" && endpoint !== "";
