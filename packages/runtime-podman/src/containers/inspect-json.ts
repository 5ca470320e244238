/** The part of `podman container inspect` that is read. Podman writes null for what is empty. */
export interface ContainerJson {
  Id: string;
  Name: string;
  Created: string;
  Path: string;
  Args: string[] | null;
  ImageName: string;
  RestartCount: number;
  State: ContainerStateJson;
  Mounts: MountJson[] | null;
  NetworkSettings: {
    Networks?: Record<string, NetworkEndpointJson> | null;
  };
  Config: {
    Hostname: string;
    User: string;
    Env: string[] | null;
    WorkingDir: string;
    Labels: Record<string, string> | null;
    Annotations: Record<string, string> | null;
  };
  HostConfig: {
    NetworkMode: string;
    PortBindings: Record<string, PortBindingJson[] | null> | null;
    RestartPolicy: { Name: string; MaximumRetryCount: number } | null;
    ExtraHosts: string[] | null;
    Tmpfs: Record<string, string> | null;
    Privileged: boolean;
    Init?: boolean;
    PidMode: string;
    CgroupMode?: string;
    UTSMode?: string;
    SecurityOpt: string[] | null;
    Memory: number;
  };
}

export interface ContainerStateJson {
  /** Podman's own words, see {@link containerStatus}. */
  Status: string;
  Running: boolean;
  Restarting?: boolean;
  Pid: number;
  ExitCode: number;
  Error: string;
  /** The year 1 when it never started. */
  StartedAt: string;
  FinishedAt: string;
}

export interface MountJson {
  Type: string;
  /** Of a volume. */
  Name?: string;
  Source: string;
  Destination: string;
  Options: string[] | null;
  RW: boolean;
  Propagation: string;
}

export interface NetworkEndpointJson {
  /** The network's name in podman 4, its id in some later releases. */
  NetworkID: string;
  IPAddress: string;
  GlobalIPv6Address?: string;
  Gateway: string;
  Aliases: string[] | null;
}

export interface PortBindingJson {
  HostIp: string;
  HostPort: string;
}
