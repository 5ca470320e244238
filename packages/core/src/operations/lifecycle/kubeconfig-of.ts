import type { Collaborators } from "../../steps/world.js";

/** The cluster's kubeconfig, as YAML; `undefined` where no server has one, or none can be asked. */
export async function kubeconfigOf(
  cluster: string,
  { runtime, kubeconfigStore }: Pick<Collaborators, "runtime" | "kubeconfigStore">,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { KubeconfigService } = await import("../kubeconfigs/kubeconfig-service.js");
  const service = new KubeconfigService(runtime, kubeconfigStore);
  return service.get([cluster], { signal }).catch(() => undefined);
}
