import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { FatalError } from "../errors.ts";
import { log } from "../log.ts";
import { restoreEtcdSnapshot } from "../store/etcd-snapshot.ts";
import { etcdInitialized } from "../store/etcd.ts";
import type { ServerConfig } from "./config.ts";
import { createEtcd } from "./datastore.ts";

function resetFile(config: ServerConfig): string {
  return config.paths.server("db", "reset-flag");
}

/**
 * `--cluster-reset`: makes this server the only member of its etcd, under its
 * present address, and says what to do next. Source: k3s' `pkg/etcd/etcd.go`.
 * Throws FatalError when there is nothing to reset or it was just done.
 */
export async function performClusterReset(config: ServerConfig): Promise<void> {
  const directory = config.paths.server("db", "etcd");
  if (existsSync(resetFile(config)))
    throw new FatalError(
      `starting kubernetes: preparing server: start managed database: cluster-reset was successfully performed, please remove the cluster-reset flag and start k3s normally, if you need to perform another cluster reset, you must first manually delete the ${resetFile(config)} file`,
    );
  const snapshot = config.options.string("cluster-reset-restore-path");
  if (snapshot) restoreFrom(config.paths.at(snapshot), directory);
  if (!etcdInitialized(directory))
    throw new FatalError("starting kubernetes: preparing server: no managed etcd to reset");
  rmSync(config.paths.server("db", "etcd", "name"), { force: true });
  await createEtcd(config).reset();
  writeFileSync(resetFile(config), "");
  log.info(
    "Managed etcd cluster membership has been reset, restart without --cluster-reset flag now. Backup and delete ${datadir}/server/db on each peer etcd server and rejoin the nodes",
  );
}

/** Puts a snapshot in the place of what there was, which k3s keeps beside it. */
function restoreFrom(snapshot: string, directory: string): void {
  if (!existsSync(snapshot))
    throw new FatalError(
      `starting kubernetes: preparing server: start managed database: etcd: snapshot path does not exist: ${snapshot}`,
    );
  if (existsSync(directory)) renameSync(directory, `${directory}-old-${Date.now()}`);
  restoreEtcdSnapshot(snapshot, directory);
  log.info(`etcd snapshot ${snapshot} has been restored`);
}

/** A normal start allows the next reset. */
export function clearResetFile(config: ServerConfig): void {
  rmSync(resetFile(config), { force: true });
}
