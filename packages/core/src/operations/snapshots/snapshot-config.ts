import type { SimpleConfig } from "../../config/simple-config.js";
import { configForAnother } from "../../plan/config-of.js";
import type { SnapshotConfigOptions } from "./operations.js";
import { SnapshotStore } from "./store.js";

/**
 * A config that makes a cluster like that of a snapshot, without its name; no engine is asked.
 *
 * @param directory where this user's snapshots are
 * @throws `NOT_FOUND`, `INVALID_INPUT`
 */
export async function readSnapshotConfig(
  directory: string,
  name: string,
  { cluster, freePorts }: SnapshotConfigOptions = {},
): Promise<SimpleConfig> {
  const { config, cluster: former } = (await new SnapshotStore(directory).get(name)).document;
  const { kubeAPI } = config;
  const another = configForAnother(config, { freePorts });
  return cluster === former && freePorts !== true ? { ...another, kubeAPI } : another;
}
