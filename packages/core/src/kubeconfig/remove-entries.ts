import { isK3dError, toK3dError, type K3dError } from "../errors/index.js";
import { kubeContextName, kubeUserName } from "../model/names.js";
import type { KubeconfigStore } from "./file.js";

export interface RemovedEntries {
  removed: string[];
  failures: K3dError[];
  /** The context that is current now, empty for none. Absent: the cluster's was not current. */
  current?: string;
}

/**
 * Removes a cluster's entries from every file of `KUBECONFIG`; files without them are not touched.
 *
 * @returns the names that were removed, and why a file could not be cleaned; where the cluster's
 * context was the current one, which one is now.
 */
export async function removeEntries(
  store: KubeconfigStore,
  cluster: string,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<RemovedEntries> {
  const context = kubeContextName(cluster);
  const user = kubeUserName(cluster);
  const removed = new Set<string>();
  const failures: K3dError[] = [];
  let wasCurrent = false;
  let current: string | undefined;
  for (const path of store.paths) {
    try {
      const present = await store.read(path);
      // One file may name as current what another one holds.
      if (present.currentContext !== context && present.remove(context, user).length === 0)
        continue;
      await store.update(
        path,
        (document) => {
          const was = document.currentContext;
          const names = document.remove(context, user);
          if (was === context) wasCurrent = true;
          current ??= document.currentContext;
          for (const name of names) removed.add(name);
          return names.length > 0 || document.currentContext !== was;
        },
        options,
      );
    } catch (error) {
      if (isK3dError(error, "ABORTED")) throw error;
      failures.push(toK3dError(error));
    }
  }
  return { removed: [...removed], failures, ...(wasCurrent ? { current: current ?? "" } : {}) };
}
