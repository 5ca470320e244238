import type { KubeconfigFacts } from "../kubeconfig/gone-contexts.js";
import type { CallOptions } from "../runtime/common.js";
import type { ContainerRuntime } from "../runtime/runtime.js";
import type { CoreSettings } from "./settings.js";

/** Addresses under which a published port of this machine is reached. */
const LOOPBACK: readonly string[] = ["127.0.0.1", "localhost", "0.0.0.0", "[::1]", "[::]"];

/**
 * What tells whether a context in a kubeconfig is of a cluster that is gone.
 *
 * @param here names of the clusters on this runtime, remains too; those of others are asked for
 */
export async function kubeconfigFacts(
  here: ReadonlySet<string>,
  { runtime, settings }: { runtime: ContainerRuntime; settings: CoreSettings },
  options: CallOptions = {},
): Promise<KubeconfigFacts> {
  const [{ remoteHost }, elsewhere] = await Promise.all([
    runtime.info(options),
    settings.otherClusters?.() ?? new Map<string, string>(),
  ]);
  return {
    exists: (cluster) => here.has(cluster) || elsewhere.has(cluster),
    isHere: (host) => (remoteHost === undefined ? LOOPBACK.includes(host) : host === remoteHost),
  };
}
