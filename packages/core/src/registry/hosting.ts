import type { ContainerFile } from "../runtime/container-file.js";
import { type RegistryEndpoint, internalHost } from "./registries-yaml.js";

/** k3s applies what is in this directory by itself. */
export const HOSTING_MANIFEST_PATH =
  "/var/lib/rancher/k3s/server/manifests/k3d-local-registry-hosting.yaml";

export const HOSTING_CONFIG_MAP = {
  name: "local-registry-hosting",
  namespace: "kube-public",
} as const;

/**
 * The ConfigMap by which tools such as Tilt and Skaffold find a cluster's
 * registry, as a manifest that k3s applies by itself.
 * https://github.com/kubernetes/enhancements/tree/master/keps/sig-cluster-lifecycle/generic/1755-communicating-a-local-registry
 */
export async function localRegistryHosting(
  registry: RegistryEndpoint,
  help: string,
): Promise<ContainerFile> {
  const { stringify } = await import("yaml");
  const inside = internalHost(registry);
  const hosting = {
    host: registry.externalPort === undefined ? inside : `localhost:${registry.externalPort}`,
    hostFromContainerRuntime: inside,
    hostFromClusterNetwork: inside,
    help,
  };
  const content = stringify({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: HOSTING_CONFIG_MAP,
    data: { "localRegistryHosting.v1": stringify(hosting) },
  });
  return {
    path: HOSTING_MANIFEST_PATH,
    content,
    mode: 0o600,
    description: "where the cluster's registry is",
  };
}

/** Whether a file at {@link HOSTING_MANIFEST_PATH} announces anything. */
export const isHostingManifest = (text: string | undefined): boolean =>
  text?.includes(HOSTING_CONFIG_MAP.name) === true;

/** Whether a manifest that {@link localRegistryHosting} made is about this registry. */
export async function announces(manifest: string, registry: RegistryEndpoint): Promise<boolean> {
  const { parse } = await import("yaml");
  const document = parse(manifest) as { data?: Record<string, string> } | null;
  const hosting = parse(document?.data?.["localRegistryHosting.v1"] ?? "") as {
    hostFromContainerRuntime?: string;
  } | null;
  return hosting?.hostFromContainerRuntime === internalHost(registry);
}
