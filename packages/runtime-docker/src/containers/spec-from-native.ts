import type {
  ContainerSpec,
  HostEntry,
  LinuxSpec,
  MountSpec,
  NetworkAttachment,
  PortBinding,
  RestartPolicy,
} from "@k3d/core/runtime";
import type { ContainerInspectInfo, DeviceRequest, HostConfig, MountSettings } from "dockerode";
import { parsePortKey } from "./to-native.js";

const HOST_NETWORK_MODE = "host";
/** Network modes that are no network of their own. */
const MODES_WITHOUT_NETWORK = new Set(["none", HOST_NETWORK_MODE]);

function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
}

function fromBind(bind: string): MountSpec {
  const [source = "", destination = "", options] = bind.split(":");
  return defined({
    destination,
    type: source.startsWith("/") ? ("bind" as const) : ("volume" as const),
    source,
    options: options ? options.split(",") : undefined,
  });
}

function fromMount(mount: MountSettings): MountSpec {
  const options = [
    ...(mount.ReadOnly ? ["ro"] : []),
    ...(mount.BindOptions?.Propagation ? [mount.BindOptions.Propagation as string] : []),
    ...((mount.BindOptions as { NonRecursive?: boolean } | undefined)?.NonRecursive
      ? ["bind"]
      : []),
    ...(mount.VolumeOptions?.NoCopy ? ["nocopy"] : []),
    ...(mount.Consistency ? [mount.Consistency as string] : []),
    ...(mount.Type === "tmpfs" && mount.TmpfsOptions?.SizeBytes
      ? [`size=${mount.TmpfsOptions.SizeBytes}`]
      : []),
  ];
  return defined({
    destination: mount.Target,
    type: mount.Type as MountSpec["type"],
    source: mount.Source || undefined,
    options: options.length ? options : undefined,
  });
}

function mountsOf(config: HostConfig): MountSpec[] {
  return [
    ...(config.Binds ?? []).map(fromBind),
    ...(config.Mounts ?? []).map(fromMount),
    ...Object.entries((config.Tmpfs ?? {}) as Record<string, string>).map(
      ([destination, options]) =>
        defined({
          destination,
          type: "tmpfs" as const,
          options: options ? options.split(",") : undefined,
        }),
    ),
  ];
}

function portsOf(config: HostConfig): PortBinding[] {
  const bindings = (config.PortBindings ?? {}) as Record<
    string,
    { HostIp?: string; HostPort?: string }[] | null
  >;
  return Object.entries(bindings).flatMap(([key, entries]) => {
    const port = parsePortKey(key);
    return (entries ?? []).map((entry) =>
      defined({
        ...port,
        hostIp: entry.HostIp || undefined,
        hostPort: hostPortOf(entry.HostPort),
      }),
    );
  });
}

/** Of a range, from which the engine chose one, the first: https://docs.docker.com/engine/network/port-publishing/. */
function hostPortOf(text = ""): number | undefined {
  return Number.parseInt(text, 10) || undefined;
}

function extraHostsOf(config: HostConfig): HostEntry[] {
  const byIp = new Map<string, string[]>();
  for (const line of config.ExtraHosts ?? []) {
    const [, name, ip] = /^([^:=]+)[:=](.+)$/.exec(line) ?? [];
    if (name === undefined || ip === undefined) continue;
    byIp.set(ip, [...(byIp.get(ip) ?? []), name]);
  }
  return [...byIp].map(([ip, hostnames]) => ({ ip, hostnames }));
}

function networksOf(container: ContainerInspectInfo): NetworkAttachment[] {
  const mode = container.HostConfig.NetworkMode ?? "";
  if (MODES_WITHOUT_NETWORK.has(mode)) return [];
  const generated = new Set([container.Id.slice(0, 12), container.Name.replace(/^\//, "")]);
  const networks = Object.entries(container.NetworkSettings.Networks ?? {}).map(
    ([name, endpoint]) => {
      const aliases = ((endpoint.Aliases ?? []) as string[]).filter(
        (alias) => !generated.has(alias),
      );
      const fixed = endpoint.IPAMConfig as { IPv4Address?: string; IPv6Address?: string } | null;
      return defined({
        name,
        ipv4Address: fixed?.IPv4Address || undefined,
        ipv6Address: fixed?.IPv6Address || undefined,
        aliases: aliases.length ? aliases : undefined,
      });
    },
  );
  return networks.toSorted((a, b) => Number(b.name === mode) - Number(a.name === mode));
}

function gpusOf(requests: DeviceRequest[] | undefined): string | undefined {
  const request = requests?.find((candidate) =>
    candidate.Capabilities?.some((set) => set.includes("gpu")),
  );
  if (!request) return undefined;
  const capabilities = (request.Capabilities ?? []).flat().filter((name) => name !== "gpu");
  const fields = [
    ...(request.Driver ? [`driver=${request.Driver}`] : []),
    ...(capabilities.length ? [`capabilities=${capabilities.join(";")}`] : []),
  ];
  if (request.DeviceIDs?.length)
    return [`device=${request.DeviceIDs.join(",")}`, ...fields].join(",");
  const count = request.Count === -1 ? "all" : String(request.Count ?? 1);
  return fields.length ? [`count=${count}`, ...fields].join(",") : count;
}

function linuxOf(config: HostConfig): LinuxSpec {
  const { CgroupnsMode: cgroup, UTSMode: uts } = config as {
    CgroupnsMode?: string;
    UTSMode?: string;
  };
  const modes = { pid: config.PidMode, user: config.UsernsMode, ipc: config.IpcMode, uts, cgroup };
  const shared = Object.entries(modes)
    .filter(([, mode]) => mode === HOST_NETWORK_MODE)
    .map(([name]) => name) as NonNullable<LinuxSpec["hostNamespaces"]>;
  const sysctl = config.Sysctls;
  return defined({
    resources: config.Memory ? { memory: { limit: config.Memory } } : undefined,
    hostNamespaces: shared.length ? shared : undefined,
    sysctl: sysctl && Object.keys(sysctl).length ? sysctl : undefined,
  });
}

function restartPolicyOf(config: HostConfig): RestartPolicy {
  const policy = config.RestartPolicy;
  return defined({
    name: (policy?.Name || "no") as RestartPolicy["name"],
    maximumRetryCount: policy?.MaximumRetryCount || undefined,
  });
}

/**
 * The spec that re-creates `container`. What the image contributed (arguments,
 * environment) is part of it, since the engine keeps only the sum.
 */
export function toSpec(container: ContainerInspectInfo): ContainerSpec {
  const { Config: config, HostConfig: host } = container;
  const entrypoint = ([] as string[]).concat(config.Entrypoint ?? []);
  const args = [...entrypoint, ...(config.Cmd ?? [])];
  const hosts = extraHostsOf(host);
  const annotations = (host as { Annotations?: Record<string, string> }).Annotations;
  const labelsOff = (host.SecurityOpt ?? []).some((option: string) =>
    /^label[=:]disable$/.test(option),
  );
  return defined({
    name: container.Name.replace(/^\//, ""),
    image: config.Image,
    hostname: host.NetworkMode === HOST_NETWORK_MODE ? undefined : config.Hostname || undefined,
    process: defined({
      args: args.length ? args : undefined,
      env: config.Env ?? [],
      cwd: config.WorkingDir || undefined,
      user: config.User || undefined,
      rlimits: host.Ulimits?.length
        ? host.Ulimits.map((limit) => {
            const { Name, Soft, Hard } = limit as { Name: string; Soft: number; Hard: number };
            return { type: `RLIMIT_${Name.toUpperCase()}`, soft: Soft, hard: Hard };
          })
        : undefined,
    }),
    mounts: mountsOf(host),
    labels: config.Labels ?? {},
    annotations: annotations && Object.keys(annotations).length ? annotations : undefined,
    linux: linuxOf(host),
    privileged: host.Privileged || undefined,
    init: host.Init || undefined,
    securityLabel: labelsOff ? false : undefined,
    networks: networksOf(container),
    hostNetwork: host.NetworkMode === HOST_NETWORK_MODE || undefined,
    ports: portsOf(host),
    extraHosts: hosts.length ? hosts : undefined,
    restartPolicy: restartPolicyOf(host),
    stopTimeout: (config as { StopTimeout?: number }).StopTimeout,
    stopSignal: (config as { StopSignal?: string }).StopSignal || undefined,
    gpus: gpusOf(host.DeviceRequests),
  });
}
