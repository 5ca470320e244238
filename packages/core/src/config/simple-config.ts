/**
 * The config file, `apiVersion: k3d.io/v1alpha5`, `kind: Simple`, as types.
 *
 * Everything optional: this is also what flags and environment are turned
 * into before they are merged. {@link ResolvedConfig} is what planning takes.
 */
export interface SimpleConfig {
  apiVersion: "k3d.io/v1alpha5";
  kind: "Simple";
  metadata?: { name?: string };
  servers?: number;
  agents?: number;
  kubeAPI?: KubeApiConfig;
  image?: string;
  network?: string;
  /** CIDR or `auto`. */
  subnet?: string;
  token?: string;
  volumes?: VolumeWithFilters[];
  ports?: PortWithFilters[];
  env?: EnvWithFilters[];
  files?: FileWithFilters[];
  registries?: RegistriesConfig;
  hostAliases?: HostAlias[];
  options?: ConfigOptions;
}

export interface KubeApiConfig {
  /** Host name or address that clients use; becomes a TLS SAN. */
  host?: string;
  /** Address on the host that the port is bound to. */
  hostIP?: string;
  /** A port number, or `random`. */
  hostPort?: string;
}

interface Filtered {
  nodeFilters?: string[];
}
export interface VolumeWithFilters extends Filtered {
  /** `[SOURCE:]DEST[:MODE]` */
  volume: string;
}
export interface PortWithFilters extends Filtered {
  /** `[HOST:][HOSTPORT:]CONTAINERPORT[/PROTOCOL]`, ranges allowed. */
  port: string;
}
export interface EnvWithFilters extends Filtered {
  /** `NAME=value`; `NAME` alone takes the value from the caller's environment. */
  envVar: string;
}
export interface FileWithFilters extends Filtered {
  description?: string;
  /** Content, or a path relative to the config file. */
  source: string;
  /** Absolute, or a destination shortcut. */
  destination: string;
}
export interface ArgWithFilters extends Filtered {
  arg: string;
}
export interface LabelWithFilters extends Filtered {
  /** `key=value` or `key`. */
  label: string;
}
export interface HostAlias {
  ip: string;
  hostnames: string[];
}
export interface Ulimit {
  name: string;
  soft: number;
  hard: number;
}

export interface RegistryProxyConfig {
  remoteURL?: string;
  username?: string;
  password?: string;
}
export interface RegistryCreateConfig {
  name?: string;
  host?: string;
  /** A port number, or `random`. */
  hostPort?: string;
  image?: string;
  proxy?: RegistryProxyConfig;
  volumes?: string[];
  enforcePortMatch?: boolean;
}
export interface RegistriesConfig {
  create?: RegistryCreateConfig;
  /** `NAME[:PORT]` of existing registries. */
  use?: string[];
  /** `registries.yaml` inline or a path to it. */
  config?: string;
}

export interface ConfigOptions {
  k3d?: {
    wait?: boolean;
    /** Duration as in Go: `90s`, `1m30s`. */
    timeout?: string;
    disableLoadbalancer?: boolean;
    disableImageVolume?: boolean;
    disableRollback?: boolean;
    /** Ours: an existing volume used as image volume; never deleted. */
    imageVolume?: string;
    /** Ours: pass the caller's proxy environment and CA to the nodes. */
    proxy?: { enabled?: boolean; http?: string; https?: string; noProxy?: string; caFile?: string };
    loadbalancer?: { configOverrides?: string[] };
  };
  k3s?: {
    extraArgs?: ArgWithFilters[];
    nodeLabels?: LabelWithFilters[];
  };
  kubeconfig?: {
    updateDefaultKubeconfig?: boolean;
    switchCurrentContext?: boolean;
  };
  runtime?: {
    /** Ours: the runtime to use, as with `--runtime`. */
    name?: string;
    gpuRequest?: string;
    /** Size as in Docker: `512m`, `1.5g`. */
    serversMemory?: string;
    agentsMemory?: string;
    hostPidMode?: boolean;
    labels?: LabelWithFilters[];
    ulimits?: Ulimit[];
  };
}

/** A {@link SimpleConfig} with every default in place. */
export interface ResolvedConfig extends SimpleConfig {
  metadata: { name: string };
  servers: number;
  agents: number;
  kubeAPI: KubeApiConfig & { hostPort: string };
  image: string;
  volumes: VolumeWithFilters[];
  ports: PortWithFilters[];
  env: EnvWithFilters[];
  /** Content loaded: `source` is what is written. */
  files: FileWithFilters[];
  registries: RegistriesConfig & { use: string[] };
  hostAliases: HostAlias[];
  options: {
    k3d: NonNullable<ConfigOptions["k3d"]> & {
      wait: boolean;
      disableLoadbalancer: boolean;
      disableImageVolume: boolean;
      disableRollback: boolean;
      loadbalancer: { configOverrides: string[] };
    };
    k3s: Required<NonNullable<ConfigOptions["k3s"]>>;
    kubeconfig: Required<NonNullable<ConfigOptions["kubeconfig"]>>;
    runtime: NonNullable<ConfigOptions["runtime"]> & {
      hostPidMode: boolean;
      labels: LabelWithFilters[];
      ulimits: Ulimit[];
    };
  };
}
