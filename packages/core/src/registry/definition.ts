import { REGISTRY_PORT } from "../model/defaults.js";
import { APP, LABELS } from "../model/labels.js";
import type { ContainerSpec, MountSpec } from "../runtime/container-spec.js";
import { proxiedHost, type RegistryProxy } from "./proxy.js";
import type { RegistryAccess, RegistryEndpoint } from "./registries-yaml.js";

/** A certificate that a registry shows, in PEM. */
export interface RegistryTls {
  /** The registry's own certificate, followed by intermediate ones. */
  certificate: string;
  key: string;
  /** What clients shall trust. Absent: an authority that they trust already. */
  ca?: string;
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
  /** Listen inside at the port on the host too, once that is settled. */
  portMatch?: boolean;
  proxy?: RegistryProxy;
  /** Allow images to be deleted. */
  deleteEnabled: boolean;
  mounts: MountSpec[];
  /** Who may use it, in htpasswd form (bcrypt). Absent: everybody. */
  htpasswd?: string;
  /** What nodes shall log in with; one of those in `htpasswd`. */
  auth?: { username: string; password: string };
  tls?: RegistryTls;
  /** Name of the set that it was made with by one command; absent when it is alone. */
  group?: string;
}

/** Where a registry stands: on its own, or made with a cluster and deleted with it. */
export interface RegistryPlacement {
  version: string;
  /** First network. */
  network: string;
  cluster?: { name: string; id: string };
}

/** The one translation from a registry to a container; labels are shared with the Go k3d v5. */
export function registryToSpec(registry: RegistryDefinition, at: RegistryPlacement): ContainerSpec {
  const internalPort = internalPortOf(registry);
  return {
    name: registry.name,
    image: registry.image,
    hostname: registry.name,
    process: { env: registryEnvironment(registry) },
    mounts: registry.mounts,
    labels: {
      [LABELS.app]: APP,
      [LABELS.version]: at.version,
      [LABELS.role]: "registry",
      [LABELS.registryHost]: registry.name,
      [LABELS.registryHostIp]: registry.hostIp,
      [LABELS.registryPortInternal]: String(internalPort),
      ...(registry.hostPort === undefined
        ? {}
        : { [LABELS.registryPortExternal]: String(registry.hostPort) }),
      ...(registry.proxy === undefined
        ? {}
        : { [LABELS.registryProxies]: proxiedHost(registry.proxy.remoteUrl) }),
      ...(registry.tls === undefined ? {} : { [LABELS.registryTls]: "true" }),
      ...(registry.htpasswd === undefined && registry.auth === undefined
        ? {}
        : { [LABELS.registryAuth]: "true" }),
      ...(registry.group === undefined ? {} : { [LABELS.registryGroup]: registry.group }),
      ...(at.cluster === undefined
        ? {}
        : { [LABELS.cluster]: at.cluster.name, [LABELS.clusterId]: at.cluster.id }),
      [LABELS.network]: at.network,
    },
    linux: {},
    networks: [{ name: at.network }],
    ports: [
      {
        containerPort: internalPort,
        protocol: "tcp",
        hostIp: registry.hostIp,
        hostPort: registry.hostPort,
      },
    ],
    restartPolicy: { name: "unless-stopped" },
  };
}

/** The port that a registry listens at in its container. */
export function internalPortOf({ internalPort, portMatch, hostPort }: RegistryDefinition): number {
  return internalPort ?? (portMatch === true ? hostPort : undefined) ?? REGISTRY_PORT;
}

/**
 * The variables that k3d v5 gives to registries, for scripts that look for them
 * and images that do not read Distribution's file. Credentials are in the file only.
 */
function registryEnvironment(registry: RegistryDefinition): string[] {
  const port = internalPortOf(registry);
  return [
    ...(port === REGISTRY_PORT ? [] : [`REGISTRY_HTTP_ADDR=:${port}`]),
    ...(registry.proxy === undefined
      ? []
      : [`REGISTRY_PROXY_REMOTEURL=${registry.proxy.remoteUrl}`]),
    ...(registry.deleteEnabled ? ["REGISTRY_STORAGE_DELETE_ENABLED=true"] : []),
  ];
}

/** How nodes reach it. */
export function registryEndpointOf(registry: RegistryDefinition): RegistryEndpoint {
  const access = accessOf(registry);
  return {
    name: registry.name,
    internalPort: internalPortOf(registry),
    externalPort: registry.hostPort,
    ...(registry.proxy === undefined ? {} : { proxies: proxiedHost(registry.proxy.remoteUrl) }),
    ...(registry.tls === undefined ? {} : { tls: true }),
    access,
  };
}

/** What clients need besides the address; absent when that is nothing. */
export function accessOf({ tls, auth }: RegistryDefinition): RegistryAccess | undefined {
  if (tls?.ca === undefined && auth === undefined) return undefined;
  return {
    ca: tls?.ca,
    auth,
  };
}
