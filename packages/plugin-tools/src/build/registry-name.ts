import { K3dError, namesRegistry, type RegistryView } from "@k3d/core";

/** A registry under which an image is pushed from here, and under which pods ask for it. */
export interface PushTarget {
  /** `localhost:5000/app:dev` */
  pushed: string;
  /** `k3d-registry:5000/app:dev` */
  inCluster: string;
}

/**
 * Where an image without a registry in its name is pushed to: the one registry of these clusters.
 * A name with a registry stays as it is.
 *
 * @throws K3dError `NOT_FOUND` (no registry), `CONFLICTING_OPTIONS` (several)
 */
export function pushTarget(
  tag: string,
  registries: readonly RegistryView[],
  clusters: readonly string[],
): PushTarget {
  if (namesRegistry(tag)) return { pushed: tag, inCluster: tag };
  const usable = registries.filter(
    ({ hostPort, proxies, usedBy }) =>
      hostPort !== undefined &&
      proxies === undefined &&
      clusters.every((cluster) => usedBy.includes(cluster)),
  );
  const [registry, ...others] = usable;
  const of = clusters.join(", ");
  if (registry === undefined) {
    throw new K3dError("NOT_FOUND", `Cluster ${of} has no registry to push to`, {
      hint: "Make one with: k3d registry create dev, then k3d registry connect dev CLUSTER",
    });
  }
  if (others.length > 0) {
    const names = usable.map(({ name, hostPort }) => `${name} (localhost:${hostPort})`).join(", ");
    throw new K3dError("CONFLICTING_OPTIONS", `Cluster ${of} has several registries: ${names}`, {
      hint: "Put one into the image's name, e.g. --tag localhost:5000/app:dev",
    });
  }
  return {
    pushed: `localhost:${registry.hostPort}/${tag}`,
    inCluster: `${registry.name}:${registry.hostPort}/${tag}`,
  };
}

/** A registry for uploads of our own. */
export interface UploadTarget {
  /** `http://localhost:5000` */
  origin: string;
  /** `k3d-registry:5000` */
  inCluster: string;
}

/**
 * @throws K3dError `NOT_FOUND`, `UNSUPPORTED` (it caches, is not published here, or asks for more than HTTP)
 */
export function uploadTarget(name: string, registries: readonly RegistryView[]): UploadTarget {
  const found = registries.find((view) => view.name === name || view.name === `k3d-${name}`);
  if (found === undefined) {
    throw new K3dError("NOT_FOUND", `Registry '${name}' does not exist`, {
      hint: "See them with: k3d registry list",
    });
  }
  const { hostIp, hostPort, proxies, tls, authenticated } = found;
  const why =
    proxies !== undefined
      ? `caches ${proxies}`
      : tls || authenticated
        ? "has TLS or asks for a login"
        : hostPort === undefined
          ? "is not published on the host"
          : undefined;
  if (why !== undefined) {
    throw new K3dError("UNSUPPORTED", `Nothing can be uploaded to '${found.name}': it ${why}`, {
      hint: "Use another one, or push with the tools of your engine after: k3d bundle load FILE",
    });
  }
  const isEverywhere = hostIp === undefined || /^(?:0\.0\.0\.0|::)?$/.test(hostIp);
  const host = isEverywhere ? "127.0.0.1" : hostIp.includes(":") ? `[${hostIp}]` : hostIp;
  return { origin: `http://${host}:${hostPort}`, inCluster: `${found.name}:${hostPort}` };
}
