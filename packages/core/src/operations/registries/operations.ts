import type { OperationOptions, WaitOptions } from "../options.js";
import type { MountSpec } from "../../runtime/container-spec.js";
import type { RegistryTls } from "../../registry/definition.js";
import type { RegistryProxy } from "../../registry/proxy.js";
import type { RegistryView } from "../../registry/view.js";

export interface RegistryCreateRequest extends WaitOptions {
  /** Without the prefix `k3d-`, which the container gets. */
  name: string;
  /** Default: the registry image of the settings. */
  image?: string;
  /** Address on the host. Default: all. */
  hostIp?: string;
  /** Default: one that is free. With several upstreams that of the first; the others count up from it. */
  hostPort?: number;
  /** Listen at the same port inside. Default `false`: at 5000. */
  enforcePortMatch?: boolean;
  /** Network to stand on. Default: that of containers which name none, else one of k3d's own. */
  network?: string;
  /** Upstreams to cache, each by a registry of its own; none: a registry to push to. */
  proxies?: readonly RegistryProxy[];
  /** Allow images to be deleted. Default `false`. */
  deleteEnabled?: boolean;
  mounts?: readonly MountSpec[];
  /** Who may use it, in htpasswd form (bcrypt). */
  htpasswd?: string;
  /** User that nodes log in as. Without `htpasswd`, the only one there is. */
  auth?: { username: string; password: string };
  /** Speak TLS, with this certificate or one made for the purpose. */
  tls?: RegistryTls | "self-signed";
}

export interface RegistryConnectOptions extends WaitOptions {
  /** What nodes log in with, where the registry's own container does not tell it. */
  auth?: { username: string; password: string };
  /** Restart nodes that read their registries only at boot. Default `true`. */
  restart?: boolean;
}

export interface RegistryConnection {
  cluster: string;
  registries: RegistryView[];
  /** Nodes whose configuration changed. */
  changed: string[];
  /** Nodes that were restarted to read it. */
  restarted: string[];
  /** Nodes that read it at their next start. */
  pending: string[];
}

/**
 * Registries on one runtime. A name is that of a container, with or without
 * its prefix `k3d-`, or that of a set of pull-through registries made together.
 */
export interface GarbageOptions {
  /** Only look what would go; the registry goes on serving. Default `false`. */
  dryRun?: boolean;
  /** Also manifests that no tag names. Distribution 2 counts the parts of multi-platform images among them. Default `false`. */
  untagged?: boolean;
}

/** What a registry held that nothing led to. */
export interface RegistryGarbage {
  name: string;
  /** Whether it was only looked at. */
  dryRun: boolean;
  /** Layers and configurations. */
  blobs: number;
  manifests: number;
}

export interface RegistryOperations {
  list(options?: OperationOptions): Promise<RegistryView[]>;
  /** @throws `NOT_FOUND`. */
  get(name: string, options?: OperationOptions): Promise<RegistryView[]>;
  /**
   * Makes a registry, or one for each upstream, and waits until they serve;
   * undoes everything when one fails.
   *
   * @throws `ALREADY_EXISTS`, `INVALID_INPUT`, `PORT_IN_USE`, `IMAGE_NOT_FOUND`, `CONTAINER_FAILED`, `TIMEOUT`.
   */
  create(request: RegistryCreateRequest): Promise<RegistryView[]>;
  /** @throws `NOT_FOUND`, `PORT_IN_USE`, `TIMEOUT`. */
  start(name: string, options?: WaitOptions): Promise<RegistryView[]>;
  stop(name: string, options?: OperationOptions): Promise<RegistryView[]>;
  /** @returns names of the removed containers. @throws `NOT_FOUND`; `REGISTRY_IN_USE` while a cluster uses it and `force` is not set. */
  delete(name: string, options?: OperationOptions & { force?: boolean }): Promise<string[]>;
  /**
   * Frees what deleted images left, one registry after the other; each is stopped for the time.
   *
   * @throws `NOT_FOUND`, `UNSUPPORTED` (a pull-through cache, or no volume), `CONTAINER_FAILED`; the registry serves again then.
   */
  collectGarbage(
    name: string,
    options?: OperationOptions & GarbageOptions,
  ): Promise<RegistryGarbage[]>;
  /**
   * Lets the nodes of a cluster pull from a registry: joins it to their network
   * and writes the configuration of k3s and containerd.
   *
   * @throws `NOT_FOUND`, `UNSUPPORTED` (host network), `INVALID_CONFIG` (a node's own `registries.yaml` is broken), `CONFLICTING_OPTIONS` (it is a mount).
   */
  connect(
    name: string,
    cluster: string,
    options?: RegistryConnectOptions,
  ): Promise<RegistryConnection>;
  /** Takes back what `connect`, or `cluster create` with this registry, did. @throws as `connect`. */
  disconnect(
    name: string,
    cluster: string,
    options?: Omit<RegistryConnectOptions, "auth">,
  ): Promise<RegistryConnection>;
  /** The certificate (PEM) of the authority that clients of a registry with TLS shall trust. @throws `NOT_FOUND`. */
  certificateAuthority(name: string, options?: OperationOptions): Promise<string>;
}
