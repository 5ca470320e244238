import type { KubeClient } from "./kube-client.js";

/** How far a cluster has to be: its nodes are registered; the default namespace takes a pod as well; all nodes are Ready as well. */
export const WAIT_LEVELS = ["registered", "usable", "ready"] as const;
export type WaitLevel = (typeof WAIT_LEVELS)[number];
export const DEFAULT_WAIT_LEVEL: WaitLevel = "usable";

const POD = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { generateName: "k3d-probe-" },
  spec: { containers: [{ name: "probe", image: "k3d.invalid/probe" }] },
};

/** Why the default namespace does not take a pod yet; `undefined` once it does. Nothing is made: it is a dry run. */
export async function whyNoPod(
  client: KubeClient,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { status, body } = await client.send(
    { method: "POST", path: "/api/v1/namespaces/default/pods?dryRun=All", body: POD },
    signal,
  );
  if (status < 300) return undefined;
  // Policies of the user's own may refuse this very pod: then the namespace is as usable as they want it.
  if (status === 403 && !/serviceaccount/i.test(body)) return undefined;
  return /serviceaccount/i.test(body) ? "the default service account is missing" : `HTTP ${status}`;
}
