import { readConfigFile } from "../cli/config-file.ts";
import { serverFlags } from "../cli/flags.ts";
import { resolveOptions, tokenize, UsageError } from "../cli/parse.ts";
import type { Knobs } from "../knobs.ts";
import { log } from "../log.ts";
import { Paths } from "../paths.ts";
import { saveEtcdSnapshot } from "../store/etcd-snapshot.ts";
import { etcdInitialized } from "../store/etcd.ts";
import { nodeConfig } from "./config.ts";

/**
 * `k3s etcd-snapshot save [--name BASE]`: writes `db/snapshots/BASE-<node>-<seconds>`. Source: k3s'
 * `pkg/cli/etcdsnapshot` and `pkg/etcd/snapshot.go`.
 */
export async function runEtcdSnapshot(args: string[], knobs: Knobs): Promise<void> {
  const [verb = "save", ...rest] = args;
  if (verb !== "save") {
    process.stderr.write(`No help topic for '${verb}'\n`);
    process.exitCode = 3;
    return;
  }
  const at = rest.findIndex((arg) => arg === "--name" || arg.startsWith("--name="));
  const named = rest[at]?.includes("=") === true ? rest[at].slice("--name=".length) : rest[at + 1];
  const name = at === -1 ? "on-demand" : (named ?? "on-demand");
  try {
    if (at !== -1) rest.splice(at, rest[at]?.includes("=") === true ? 1 : 2);
    const { assignments } = tokenize(serverFlags, rest);
    const fromFile = await readConfigFile(
      new Paths(knobs.root).at("/etc/rancher/k3s/config.yaml"),
      serverFlags,
    );
    const options = resolveOptions(serverFlags, process.env, fromFile, assignments);
    const { nodeName, paths } = nodeConfig(options, knobs);
    const directory = paths.server("db", "etcd");
    if (!etcdInitialized(directory)) {
      log.fatal("etcd database not found in /var/lib/rancher/k3s/server/db/etcd");
      process.exitCode = 1;
      return;
    }
    const file = paths.server(
      "db",
      "snapshots",
      `${name}-${nodeName}-${Math.floor(Date.now() / 1000)}`,
    );
    log.info(`Saving etcd snapshot to ${file}`);
    saveEtcdSnapshot(directory, file);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    log.fatal(error.message);
    process.exitCode = 1;
  }
}
