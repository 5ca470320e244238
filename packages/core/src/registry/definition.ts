import { REGISTRY_PORT } from "../model/defaults.js";
import { APP, LABELS } from "../model/labels.js";
import type { PlannedFile } from "../plan/cluster-plan.js";
import type { ContainerSpec, MountSpec } from "../spec/container-spec.js";
import type { RegistryEndpoint } from "./registries-yaml.js";

/** Upstream that a pull-through registry caches. */
export interface RegistryProxy {
  /** E.g. `https://registry-1.docker.io`. */
  remoteUrl: string;
  username?: string;
  password?: string;
}

/** What a registry container shall be. */
export interface RegistryDefinition {
  /** Container name and host name on its networks. */
  name: string;
  image: string;
  /** Address on the host. */
  hostIp: string;
  /** Absent: settled when it is made. */
  hostPort?: number;
  /** Port inside the container. Default 5000. */
  internalPort?: number;
  proxy?: RegistryProxy;
  /** Allow images to be deleted. */
  deleteEnabled: boolean;
  mounts: MountSpec[];
  /** Users and passwords in htpasswd form (bcrypt). */
  htpasswd?: string;
  /** PEM. */
  tls?: { certificate: string; key: string };
}

/** Where a registry stands: on its own, or made with a cluster and deleted with it. */
export interface RegistryPlacement {
  version: string;
  /** First network. */
  network: string;
  cluster?: { name: string; id: string };
}

const CONFIG_PATH = "/etc/docker/registry/config.yml";
const HTPASSWD_PATH = "/etc/docker/registry/htpasswd";
const CERTIFICATE_PATH = "/etc/docker/registry/tls.crt";
const KEY_PATH = "/etc/docker/registry/tls.key";

/** The one translation from a registry to a container; labels are shared with the Go k3d v5. */
export function registryToSpec(registry: RegistryDefinition, at: RegistryPlacement): ContainerSpec {
  const internalPort = registry.internalPort ?? REGISTRY_PORT;
  return {
    name: registry.name,
    image: registry.image,
    hostname: registry.name,
    process: { env: [] },
    mounts: registry.mounts,
    labels: {
      [LABELS.app]: APP,
      [LABELS.version]: at.version,
      [LABELS.role]: "registry",
      [LABELS.registryHost]: registry.name,
      [LABELS.registryHostIp]: registry.hostIp,
      [LABELS.registryPortInternal]: String(internalPort),
      ...(registry.hostPort === undefined ? {} : { [LABELS.registryPortExternal]: String(registry.hostPort) }),
      ...(registry.proxy === undefined ? {} : { [LABELS.registryProxies]: proxiedHost(registry.proxy.remoteUrl) }),
      ...(registry.tls === undefined ? {} : { [LABELS.registryTls]: "true" }),
      ...(at.cluster === undefined ? {} : { [LABELS.cluster]: at.cluster.name, [LABELS.clusterId]: at.cluster.id }),
      [LABELS.network]: at.network,
    },
    linux: {},
    networks: [{ name: at.network }],
    ports: [
      {
        containerPort: internalPort,
        protocol: "tcp",
        hostIp: registry.hostIp,
        ...(registry.hostPort === undefined ? {} : { hostPort: registry.hostPort }),
      },
    ],
    restartPolicy: { name: "unless-stopped" },
  };
}

/**
 * The registry's own configuration, as files: what is in them is seen neither
 * in `ps` nor in labels, environment or logs.
 * https://distribution.github.io/distribution/about/configuration/
 */
export async function registryFiles(registry: RegistryDefinition): Promise<PlannedFile[]> {
  const { stringify } = await import("yaml");
  const config = {
    version: "0.1",
    log: { level: "info", fields: { service: "registry" } },
    storage: {
      cache: { blobdescriptor: "inmemory" },
      filesystem: { rootdirectory: "/var/lib/registry" },
      ...(registry.deleteEnabled ? { delete: { enabled: true } } : {}),
    },
    http: {
      addr: `:${registry.internalPort ?? REGISTRY_PORT}`,
      headers: { "X-Content-Type-Options": ["nosniff"] },
      ...(registry.tls === undefined ? {} : { tls: { certificate: CERTIFICATE_PATH, key: KEY_PATH } }),
    },
    ...(registry.proxy === undefined
      ? {}
      : {
          proxy: {
            remoteurl: registry.proxy.remoteUrl,
            ...(registry.proxy.username === undefined ? {} : { username: registry.proxy.username }),
            ...(registry.proxy.password === undefined ? {} : { password: registry.proxy.password }),
          },
        }),
    ...(registry.htpasswd === undefined ? {} : { auth: { htpasswd: { realm: registry.name, path: HTPASSWD_PATH } } }),
    health: { storagedriver: { enabled: true, interval: "10s", threshold: 3 } },
  };
  const files: PlannedFile[] = [{ path: CONFIG_PATH, content: stringify(config), mode: 0o600, description: "registry configuration" }];
  if (registry.htpasswd !== undefined) files.push({ path: HTPASSWD_PATH, content: registry.htpasswd, mode: 0o600 });
  if (registry.tls !== undefined) {
    files.push({ path: CERTIFICATE_PATH, content: registry.tls.certificate, mode: 0o644 });
    files.push({ path: KEY_PATH, content: registry.tls.key, mode: 0o600 });
  }
  return files;
}

/** How nodes reach it. */
export function registryEndpointOf(registry: RegistryDefinition): RegistryEndpoint {
  return {
    name: registry.name,
    internalPort: registry.internalPort ?? REGISTRY_PORT,
    ...(registry.hostPort === undefined ? {} : { externalPort: registry.hostPort }),
    ...(registry.proxy === undefined ? {} : { proxies: proxiedHost(registry.proxy.remoteUrl) }),
    ...(registry.tls === undefined ? {} : { tls: {} }),
  };
}

/** The name that images of an upstream carry: Docker Hub's API host is not what references say. */
export function proxiedHost(remoteUrl: string): string {
  const { host } = new URL(remoteUrl);
  return host === "registry-1.docker.io" || host === "index.docker.io" ? "docker.io" : host;
}
