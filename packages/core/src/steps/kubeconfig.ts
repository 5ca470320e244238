import { K3dError } from "../errors/index.js";
import type { KubeconfigEntries } from "../kubeconfig/document.js";
import { removeEntries } from "../kubeconfig/remove-entries.js";
import { kubeContextName } from "../model/names.js";
import type { Step } from "./graph.js";
import type { Collaborators } from "./world.js";

/** What became of the user's kubeconfig. */
export interface KubeconfigOutcome {
  entries?: KubeconfigEntries;
  written?: boolean;
}

export function addToKubeconfigStep(
  { kubeconfigStore: store }: Pick<Collaborators, "kubeconfigStore">,
  outcome: KubeconfigOutcome,
  switchContext: boolean,
  needs: readonly string[],
): Step {
  let before: string | undefined;
  return {
    id: "kubeconfig",
    title: `Add the cluster to ${store.defaultPath}`,
    needs,
    async run({ signal }) {
      const { entries } = outcome;
      if (entries === undefined) throw new K3dError("INTERNAL", "The kubeconfig is missing");
      await store.update(
        store.defaultPath,
        (document) => {
          before = document.currentContext;
          document.put(entries);
          if (switchContext) document.switchTo(entries.contextName);
          return true;
        },
        { signal },
      );
      outcome.written = true;
    },
    async undo({ signal }) {
      const { entries, written } = outcome;
      if (entries === undefined || written !== true) return;
      await store.update(
        store.defaultPath,
        (document) => {
          document.remove(entries.contextName, entries.userName);
          if (before === undefined || document.names("contexts").includes(before))
            document.currentContext = before;
          return true;
        },
        { signal },
      );
    },
  };
}

/** Takes a cluster out of every kubeconfig of the user's. The cluster is gone by then: a file that cannot be changed is no reason to fail. */
export function removeFromKubeconfigStep(
  cluster: string,
  { kubeconfigStore, events }: Pick<Collaborators, "kubeconfigStore" | "events">,
  needs: readonly string[],
  onDone: (names: string[]) => void,
): Step {
  return {
    id: "remove:kubeconfig",
    title: "Remove the cluster from the kubeconfig",
    needs,
    async run({ signal }) {
      const { removed, failures, current } = await removeEntries(kubeconfigStore, cluster, {
        signal,
      });
      for (const { message } of failures) {
        const hint = `Remove context '${kubeContextName(cluster)}' from it by hand, or later with: k3d prune --kubeconfig`;
        events.emit({ type: "warning", message, hint });
      }
      if (current !== undefined) {
        const now = current === "" ? "No kubeconfig context" : `Kubeconfig context '${current}'`;
        events.emit({ type: "log", level: "info", message: `${now} is current now` });
      }
      onDone(removed);
    },
  };
}
