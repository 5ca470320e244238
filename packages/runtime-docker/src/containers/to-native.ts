import type {
  ContainerSpec,
  MountSpec,
  NetworkAttachment,
  PortBinding,
  PortProtocol,
  Rlimit,
} from "@k3d/core/runtime";
import type {
  ContainerCreateOptions,
  DeviceRequest,
  EndpointSettings,
  HostConfig,
  MountSettings,
} from "dockerode";

/** What the translation must know of the engine. */
export interface EngineFacts {
  /** API 1.42: the engine makes the missing source of a bind mount, a directory, as it does for `Binds`. */
  createMountpoint: boolean;
  /** API 1.43: OCI annotations are passed on. */
  annotations: boolean;
  /** API 1.44: several networks in one create call. */
  severalNetworks: boolean;
}

/** The body of `POST /containers/create`. */
export type CreateBody = Omit<ContainerCreateOptions, "name">;

/** Mount options that only the `Binds` form can express. */
const BIND_ONLY_OPTIONS = new Set([
  "z",
  "Z",
  "U",
  "exec",
  "dev",
  "suid",
  "noexec",
  "nodev",
  "nosuid",
]);
const PROPAGATIONS = new Set(["private", "rprivate", "shared", "rshared", "slave", "rslave"]);
const CONSISTENCIES = new Set(["consistent", "cached", "delegated", "default"]);

/** Key of a port in `ExposedPorts` and `PortBindings`: `6443/tcp`. */
export function portKey(port: Pick<PortBinding, "containerPort" | "protocol">): string {
  return `${port.containerPort}/${port.protocol}`;
}

/** Takes such a key apart. Whoever made the container may have left the protocol out, which is tcp then. */
export function parsePortKey(key: string): Pick<PortBinding, "containerPort" | "protocol"> {
  const [port, protocol = "tcp"] = key.split("/");
  return { containerPort: Number(port), protocol: protocol as PortProtocol };
}

/** `RLIMIT_NOFILE` → `nofile`. */
export function ulimitName(type: string): string {
  return type.replace(/^RLIMIT_/, "").toLowerCase();
}

/** `--gpus` words (`all`, `2`, `device=0,1`, `count=1,driver=nvidia,capabilities=compute`) as a device request. */
export function toDeviceRequest(gpus: string): DeviceRequest {
  if (gpus === "all") return { Count: -1, Capabilities: [["gpu"]] };
  if (/^\d+$/.test(gpus)) return { Count: Number(gpus), Capabilities: [["gpu"]] };
  const request: DeviceRequest = {};
  const capabilities = new Set(["gpu"]);
  let target: string[] | undefined;
  for (const field of gpus.replaceAll('"', "").split(",")) {
    const [key = "", value] = field.split(/=(.*)/s);
    if (value === undefined) {
      target?.push(key);
      continue;
    }
    target = undefined;
    if (key === "device") request.DeviceIDs = target = [value];
    else if (key === "count") request.Count = value === "all" ? -1 : Number(value);
    else if (key === "driver") request.Driver = value;
    else if (key === "capabilities") {
      target = [value];
      for (const name of value.split(";")) capabilities.add(name);
    }
  }
  if (request.DeviceIDs === undefined && request.Count === undefined) request.Count = -1;
  request.Capabilities = [[...capabilities]];
  return request;
}

/** The endpoint settings of one network: fixed address and further names. */
export function toEndpoint(
  network: Pick<NetworkAttachment, "ipv4Address" | "ipv6Address" | "aliases">,
): EndpointSettings {
  const { ipv4Address, ipv6Address, aliases = [] } = network;
  const hasAddress = ipv4Address !== undefined || ipv6Address !== undefined;
  return {
    ...(hasAddress ? { IPAMConfig: { IPv4Address: ipv4Address, IPv6Address: ipv6Address } } : {}),
    ...(aliases.length > 0 ? { Aliases: aliases } : {}),
  };
}

function needsBind(mount: MountSpec): boolean {
  return (
    mount.source !== undefined &&
    (mount.options ?? []).some((option) => BIND_ONLY_OPTIONS.has(option))
  );
}

function toBindOptions(
  { type, options = [] }: MountSpec,
  facts: EngineFacts,
): Record<string, unknown> {
  const propagation = options.find((option) => PROPAGATIONS.has(option));
  // An empty object asks for nothing, and is left out.
  const shared = propagation === undefined ? {} : { Propagation: propagation };
  if (type !== "bind") return shared;
  return {
    ...shared,
    ...(options.includes("bind") && !options.includes("rbind") ? { NonRecursive: true } : {}),
    ...(facts.createMountpoint ? { CreateMountpoint: true } : {}),
  };
}

function toMount(mount: MountSpec, facts: EngineFacts): MountSettings {
  const options = mount.options ?? [];
  const consistency = options.find((option) => CONSISTENCIES.has(option));
  const bindOptions = toBindOptions(mount, facts);
  return {
    Type: mount.type as "bind" | "volume",
    Target: mount.destination,
    Source: mount.source,
    ...(options.includes("ro") ? { ReadOnly: true } : {}),
    Consistency: consistency,
    ...(Object.keys(bindOptions).length ? { BindOptions: bindOptions } : {}),
    ...(options.includes("nocopy") ? { VolumeOptions: { NoCopy: true } } : {}),
  } as MountSettings;
}

function mountConfig(
  mounts: MountSpec[],
  facts: EngineFacts,
): Pick<HostConfig, "Binds" | "Mounts" | "Tmpfs"> {
  const binds = mounts.filter(needsBind);
  const others = mounts.filter((mount) => mount.type !== "tmpfs" && !needsBind(mount));
  const tmpfs = mounts.filter((mount) => mount.type === "tmpfs");
  return {
    ...(binds.length
      ? {
          Binds: binds.map(
            (mount) => `${mount.source}:${mount.destination}:${(mount.options ?? []).join(",")}`,
          ),
        }
      : {}),
    ...(others.length ? { Mounts: others.map((mount) => toMount(mount, facts)) } : {}),
    ...(tmpfs.length
      ? {
          Tmpfs: Object.fromEntries(
            tmpfs.map((mount) => [mount.destination, (mount.options ?? []).join(",")]),
          ),
        }
      : {}),
  };
}

function portConfig(ports: PortBinding[]): Pick<HostConfig, "PortBindings"> {
  if (ports.length === 0) return {};
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of ports) {
    (bindings[portKey(port)] ??= []).push({
      HostIp: port.hostIp ?? "",
      HostPort: port.hostPort === undefined ? "" : String(port.hostPort),
    });
  }
  return { PortBindings: bindings };
}

function toUlimit(limit: Rlimit): { Name: string; Soft: number; Hard: number } {
  return { Name: ulimitName(limit.type), Soft: limit.soft, Hard: limit.hard };
}

function securityOptions(spec: ContainerSpec): string[] {
  if (spec.securityLabel !== false) return [];
  return spec.privileged ? ["label=disable"] : ["label=disable", "apparmor=unconfined"];
}

function namespaceConfig(spec: ContainerSpec): HostConfig {
  const shared = new Set(spec.linux.hostNamespaces);
  return {
    ...(shared.has("pid") ? { PidMode: "host" } : {}),
    ...(shared.has("user") ? { UsernsMode: "host" } : {}),
    ...(shared.has("ipc") ? { IpcMode: "host" } : {}),
    ...(shared.has("uts") ? { UTSMode: "host" } : {}),
    ...(shared.has("cgroup") ? { CgroupnsMode: "host" } : {}),
  };
}

function hostConfig(spec: ContainerSpec, facts: EngineFacts): HostConfig {
  const security = securityOptions(spec);
  const memory = spec.linux.resources?.memory?.limit;
  const hosts = (spec.extraHosts ?? []).flatMap((entry) =>
    entry.hostnames.map((name) => `${name}:${entry.ip}`),
  );
  return {
    ...mountConfig(spec.mounts, facts),
    ...portConfig(spec.ports),
    ...namespaceConfig(spec),
    NetworkMode: spec.hostNetwork ? "host" : (spec.networks[0]?.name ?? "default"),
    RestartPolicy: {
      Name: spec.restartPolicy?.name ?? "no",
      ...(spec.restartPolicy?.maximumRetryCount
        ? { MaximumRetryCount: spec.restartPolicy.maximumRetryCount }
        : {}),
    },
    ...(spec.privileged ? { Privileged: true } : {}),
    Init: spec.init,
    ...(security.length ? { SecurityOpt: security } : {}),
    ...(hosts.length ? { ExtraHosts: hosts } : {}),
    Memory: memory,
    ...(spec.process.rlimits?.length ? { Ulimits: spec.process.rlimits.map(toUlimit) } : {}),
    ...(spec.linux.sysctl ? { Sysctls: spec.linux.sysctl } : {}),
    ...(spec.gpus ? { DeviceRequests: [toDeviceRequest(spec.gpus)] } : {}),
    ...(facts.annotations && spec.annotations ? { Annotations: spec.annotations } : {}),
  };
}

/** The networks that the create call itself attaches. */
export function networksAtCreate(spec: ContainerSpec, facts: EngineFacts): NetworkAttachment[] {
  if (spec.hostNetwork) return [];
  return facts.severalNetworks ? spec.networks : spec.networks.slice(0, 1);
}

/** The networks that are attached by calls of their own, before the first start. */
export function networksAfterCreate(spec: ContainerSpec, facts: EngineFacts): NetworkAttachment[] {
  return spec.hostNetwork ? [] : spec.networks.slice(networksAtCreate(spec, facts).length);
}

/** Translates a spec into what the engine's create call takes. Pure. */
export function toDocker(spec: ContainerSpec, facts: EngineFacts): CreateBody {
  const { args, env, cwd, user } = spec.process;
  const endpoints = networksAtCreate(spec, facts);
  return {
    Image: spec.image,
    ...(spec.hostNetwork || spec.linux.hostNamespaces?.includes("uts")
      ? {}
      : { Hostname: spec.hostname ?? spec.name }),
    ...(args === undefined ? {} : { Entrypoint: args.slice(0, 1), Cmd: args.slice(1) }),
    Env: env,
    WorkingDir: cwd,
    User: user,
    Labels: spec.labels,
    StopTimeout: spec.stopTimeout,
    StopSignal: spec.stopSignal,
    ...(spec.ports.length
      ? { ExposedPorts: Object.fromEntries(spec.ports.map((port) => [portKey(port), {}])) }
      : {}),
    HostConfig: hostConfig(spec, facts),
    ...(endpoints.length
      ? {
          NetworkingConfig: {
            EndpointsConfig: Object.fromEntries(
              endpoints.map((network) => [network.name, toEndpoint(network)]),
            ),
          },
        }
      : {}),
  };
}
