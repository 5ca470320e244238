import { homedir } from "node:os";
import { join } from "node:path";
import { readSnapshotConfig, type AssembleOptions, type SnapshotConfigOptions } from "@k3d/core";
import { dataDirectory, SNAPSHOTS } from "../data-directory.js";
import { keptMachines } from "../flags/machines.js";

/**
 * The config of a snapshot as what flags, environment and config file win over.
 *
 * @param options.onMachinesOf cluster whose machines are those of the new one
 */
export async function snapshotBase(
  snapshot: string,
  { onMachinesOf, ...options }: SnapshotConfigOptions & { onMachinesOf?: string } = {},
): Promise<NonNullable<AssembleOptions["base"]>> {
  const directory = join(dataDirectory(process.env, homedir()), SNAPSHOTS);
  const config = await readSnapshotConfig(directory, snapshot, options);
  const machines = onMachinesOf === undefined ? [] : await keptMachines(onMachinesOf);
  return {
    config: machines.length === 0 ? config : { ...config, machines },
    origin: `snapshot ${snapshot}`,
  };
}
