import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import {
  KubeconfigDocument,
  goneContexts,
  kubeContextName,
  type KubeconfigFacts,
  type KubeconfigStore,
} from "@k3d/core";
import type { PruneItem } from "./operations.js";

/** A change of a kubeconfig takes no longer; after that, what it left is from a killed command. Milliseconds. */
const STALE_MS = 60_000;

/**
 * Contexts that k3d made, by their three names and an address that a cluster
 * of this engine has, whose cluster is nowhere.
 */
export async function findKubeconfigEntries(
  store: KubeconfigStore,
  facts: KubeconfigFacts,
): Promise<PruneItem[]> {
  const gone = new Map<string, string>();
  for (const path of store.paths) {
    for (const cluster of goneContexts(await store.read(path), facts))
      if (!gone.has(cluster)) gone.set(cluster, path);
  }
  return [...gone].map(([cluster, path]) => ({
    kind: "kubeconfig",
    id: kubeContextName(cluster),
    name: kubeContextName(cluster),
    cluster,
    reason: `cluster ${cluster} is gone (${path})`,
    labels: {},
  }));
}

/** Temporary files and locks of killed commands beside a kubeconfig. */
export async function findTemporaryFiles(kubeconfig: string, now: Date): Promise<PruneItem[]> {
  const directory = dirname(kubeconfig);
  const name = basename(kubeconfig);
  const isTemporary = (entry: string): boolean =>
    entry.startsWith(`${name}.`) &&
    /^\.(?:\d+\.[0-9a-f]{8}|[0-9a-f]{16})\.tmp$/.test(entry.slice(name.length));
  const items: PruneItem[] = [];
  for (const entry of await readdir(directory).catch(() => [])) {
    if (!isTemporary(entry) && entry !== `${name}.lock`) continue;
    const path = join(directory, entry);
    const info = await stat(path).catch(() => undefined);
    if (info === undefined || now.getTime() - info.mtimeMs < STALE_MS) continue;
    const reason = entry.endsWith(".lock")
      ? "a killed command left its lock"
      : "a killed command left it half-written";
    items.push({
      kind: "file",
      id: path,
      name: path,
      reason,
      size: info.isFile() ? info.size : 0,
      created: info.mtime,
      labels: {},
    });
  }
  return items;
}

/** `kubeconfig-<cluster>.yaml` files with a context of k3d's whose cluster is nowhere. */
export async function findStandaloneFiles(
  directories: readonly string[],
  facts: KubeconfigFacts,
): Promise<PruneItem[]> {
  const items: PruneItem[] = [];
  for (const directory of directories) {
    for (const entry of await readdir(directory).catch(() => [])) {
      const cluster = /^kubeconfig-(.+)\.yaml$/.exec(entry)?.[1];
      if (cluster === undefined || facts.exists(cluster)) continue;
      const path = join(directory, entry);
      const text = await readFile(path, "utf8").catch(() => "");
      const document = await KubeconfigDocument.parse(text, path).catch(() => undefined);
      const contexts = document?.contexts() ?? [];
      // Only a file that holds nothing else is all k3d's.
      if (
        document === undefined ||
        contexts.length !== 1 ||
        !goneContexts(document, facts).includes(cluster)
      )
        continue;
      const { size, mtime } = await stat(path);
      items.push({
        kind: "file",
        id: path,
        name: path,
        cluster,
        reason: `cluster ${cluster} is gone`,
        size,
        created: mtime,
        labels: {},
      });
    }
  }
  return items;
}
