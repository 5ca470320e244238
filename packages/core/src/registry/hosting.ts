import type { PlannedFile } from "../plan/cluster-plan.js";
import type { RegistryEndpoint } from "./registries-yaml.js";

const MANIFEST_PATH = "/var/lib/rancher/k3s/server/manifests/k3d-local-registry-hosting.yaml";

/**
 * The ConfigMap by which tools such as Tilt and Skaffold find a cluster's
 * registry, as a manifest that k3s applies by itself.
 * https://github.com/kubernetes/enhancements/tree/master/keps/sig-cluster-lifecycle/generic/1755-communicating-a-local-registry
 */
export async function localRegistryHosting(registry: RegistryEndpoint, help: string): Promise<PlannedFile> {
  const { stringify } = await import("yaml");
  const inside = `${registry.name}:${registry.internalPort}`;
  const hosting = {
    host: registry.externalPort === undefined ? inside : `localhost:${registry.externalPort}`,
    hostFromContainerRuntime: inside,
    hostFromClusterNetwork: inside,
    help,
  };
  const content = stringify({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "local-registry-hosting", namespace: "kube-public" },
    data: { "localRegistryHosting.v1": stringify(hosting) },
  });
  return { path: MANIFEST_PATH, content, mode: 0o600, description: "where the cluster's registry is" };
}
