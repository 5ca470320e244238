import { isK3dError, type ContainerRuntime, type ImageInfo, type DesiredNode } from "@k3d/core";

type ImageConfig = ImageInfo["config"];

/** What is known of an image before it is pulled. */
export interface KnownConfig {
  config: ImageConfig;
  /** `assumed`: the runtime does not have the image, so this is what such images are known to say. */
  from: "image" | "assumed";
}

/** The configuration of a node's image: from the runtime where it is there, else what is known of its like. */
export async function imageConfig(
  { role, spec }: DesiredNode,
  { images }: ContainerRuntime,
  signal: AbortSignal,
): Promise<KnownConfig> {
  try {
    return { config: (await images.inspect(spec.image, { signal })).config, from: "image" };
  } catch (error) {
    if (!isK3dError(error, "IMAGE_NOT_FOUND") && !isK3dError(error, "NOT_FOUND")) throw error;
    return { config: { ...NOTHING, ...ASSUMED[role] }, from: "assumed" };
  }
}

const NOTHING: ImageConfig = {
  entrypoint: [],
  cmd: [],
  env: [],
  volumes: [],
  exposedPorts: [],
  labels: {},
};

/** https://github.com/k3s-io/k3s/blob/main/package/Dockerfile */
const K3S: Partial<ImageConfig> = {
  entrypoint: ["/bin/k3s"],
  cmd: ["agent"],
  env: [
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/bin/aux",
    "CRI_CONFIG_FILE=/var/lib/rancher/k3s/agent/etc/crictl.yaml",
  ],
  volumes: ["/var/lib/kubelet", "/var/lib/rancher/k3s", "/var/lib/cni", "/var/log"],
};

const ASSUMED: Partial<Record<DesiredNode["role"], Partial<ImageConfig>>> = {
  server: K3S,
  agent: K3S,
  // https://github.com/distribution/distribution-library-image
  registry: {
    entrypoint: ["/entrypoint.sh"],
    cmd: ["/etc/docker/registry/config.yml"],
    exposedPorts: ["5000/tcp"],
  },
};
