/** Images used unless flags, environment or config name others. */
export const DEFAULT_IMAGES = {
  /** The node image; the newest k3s release this version of k3d was made for. */
  node: "docker.io/rancher/k3s:v1.36.4-k3s1",
  loadBalancer: "docker.io/library/nginx:1.28-alpine",
  registry: "docker.io/library/registry:2",
} as const;

/** Port of the Kubernetes API inside a server and on the load balancer. */
export const API_PORT = 6443;

/** Where nodes keep the shared image volume. */
export const IMAGE_VOLUME_PATH = "/k3d/images";

/** Where a server writes its admin kubeconfig (`K3S_KUBECONFIG_OUTPUT`). */
export const KUBECONFIG_PATH = "/output/kubeconfig.yaml";

/** Port a registry listens on inside its container. */
export const REGISTRY_PORT = 5000;
