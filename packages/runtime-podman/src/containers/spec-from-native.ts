import type {
  ContainerNetworkInfo,
  ContainerSpec,
  HostEntry,
  LinuxSpec,
  MountSpec,
  NetworkAttachment,
  PortBinding,
  RestartPolicy,
} from "@k3d/core/runtime";
import type { ContainerJson } from "./inspect-json.js";
import { REQUESTED_ANNOTATION, type Requested } from "./requested.js";

/** Anonymous volumes have generated names of this form. */
const GENERATED_NAME = /^[0-9a-f]{64}$/;
/** Variables that podman sets in every container. */
const OWN_ENV = /^(?:TERM=xterm|container=podman|HOME=.*|HOSTNAME=.*)$/s;
/** Annotations that podman and the OCI runtimes add. */
const OWN_ANNOTATION =
  /^(?:io\.podman\.|io\.container\.|io\.kubernetes\.cri-o\.|org\.opencontainers\.image\.stopSignal$|run\.oci\.|org\.systemd\.property\.)/;
/** Mount options that podman adds to tmpfs by itself. */
const OWN_TMPFS_OPTIONS = new Set(["rw", "rprivate", "nosuid", "nodev", "tmpcopyup"]);

/** What else is known of the container. */
export interface SpecSources {
  /** Absent for a container that another tool made. */
  requested: Requested | undefined;
  networks: readonly ContainerNetworkInfo[];
  ports: PortBinding[];
}

/** The spec that would create the container anew. */
export function containerSpec(json: ContainerJson, sources: SpecSources): ContainerSpec {
  const { Config: config, HostConfig: host } = json;
  const { requested } = sources;
  const hostNetwork = host.NetworkMode === "host";
  const spec: ContainerSpec = {
    name: json.Name,
    image: json.ImageName,
    process: {
      args: processArgs(json),
      env: (config.Env ?? []).filter((entry) => !OWN_ENV.test(entry)),
    },
    mounts: requested?.mounts ?? mounts(json),
    labels: config.Labels ?? {},
    linux: requested?.linux ?? linux(json),
    networks: sources.networks.map((network) => attachment(network)),
    ports: requested?.ports ?? sources.ports,
    restartPolicy: restartPolicy(json),
  };
  const annotations = Object.entries(config.Annotations ?? {}).filter(
    ([name]) => name !== REQUESTED_ANNOTATION && !OWN_ANNOTATION.test(name),
  );
  if (annotations.length > 0) spec.annotations = Object.fromEntries(annotations);
  if (hostNetwork) spec.hostNetwork = true;
  else spec.hostname = config.Hostname;
  if (config.WorkingDir !== "") spec.process.cwd = config.WorkingDir;
  if (config.User !== "") spec.process.user = config.User;
  if (requested?.rlimits !== undefined) spec.process.rlimits = requested.rlimits;
  if (host.Privileged) spec.privileged = true;
  if (host.Init === true) spec.init = true;
  if (securityLabelIsOff(json, requested)) spec.securityLabel = false;
  if (requested?.stopTimeout !== undefined) spec.stopTimeout = requested.stopTimeout;
  if (requested?.stopSignal !== undefined) spec.stopSignal = requested.stopSignal;
  if (requested?.gpus !== undefined) spec.gpus = requested.gpus;
  const extraHosts = hostEntries(host.ExtraHosts ?? []);
  if (extraHosts.length > 0) spec.extraHosts = extraHosts;
  return spec;
}

export function restartPolicy({ HostConfig }: ContainerJson): RestartPolicy {
  const { Name: name = "", MaximumRetryCount: count = 0 } = HostConfig.RestartPolicy ?? {};
  switch (name) {
    case "always":
    case "unless-stopped":
      return { name };
    case "on-failure":
      return count > 0 ? { name, maximumRetryCount: count } : { name };
    default:
      return { name: "no" };
  }
}

/** The argv without podman's init process before it. */
function processArgs({ Path, Args, HostConfig }: ContainerJson): string[] {
  const args = Args ?? [];
  return HostConfig.Init === true && args[0] === "--" ? args.slice(1) : [Path, ...args];
}

function attachment({
  name,
  fixedIpv4Address,
  fixedIpv6Address,
  aliases,
}: ContainerNetworkInfo): NetworkAttachment {
  const result: NetworkAttachment = { name };
  if (fixedIpv4Address !== undefined) result.ipv4Address = fixedIpv4Address;
  if (fixedIpv6Address !== undefined) result.ipv6Address = fixedIpv6Address;
  if (aliases !== undefined) result.aliases = aliases;
  return result;
}

function mounts({ Mounts, HostConfig }: ContainerJson): MountSpec[] {
  const tmpfs = Object.entries(HostConfig.Tmpfs ?? {}).map(([destination, text]): MountSpec => {
    const options = text.split(",").filter((option) => !OWN_TMPFS_OPTIONS.has(option));
    return options.length > 0
      ? { type: "tmpfs", destination, options }
      : { type: "tmpfs", destination };
  });
  const others = (Mounts ?? []).map((mount): MountSpec => {
    const isVolume = mount.Type === "volume";
    const spec: MountSpec = { type: isVolume ? "volume" : "bind", destination: mount.Destination };
    const source = isVolume ? mount.Name : mount.Source;
    if (source !== undefined && !(isVolume && GENERATED_NAME.test(source))) spec.source = source;
    const options = [
      ...(mount.RW ? [] : ["ro"]),
      ...(isVolume || mount.Propagation === "rprivate" || mount.Propagation === ""
        ? []
        : [mount.Propagation]),
    ];
    if (options.length > 0) spec.options = options;
    return spec;
  });
  return [...others, ...tmpfs];
}

function linux({ HostConfig: host }: ContainerJson): LinuxSpec {
  const shared = [
    ...(host.PidMode === "host" ? ["pid" as const] : []),
    ...(host.UTSMode === "host" ? ["uts" as const] : []),
  ];
  const spec: LinuxSpec = {};
  if (host.Memory > 0) spec.resources = { memory: { limit: host.Memory } };
  if (shared.length > 0) spec.hostNamespaces = shared;
  return spec;
}

function securityLabelIsOff(
  { HostConfig }: ContainerJson,
  requested: Requested | undefined,
): boolean {
  if (requested !== undefined) return requested.securityLabel === false;
  return (HostConfig.SecurityOpt ?? []).includes("label=disable");
}

function hostEntries(lines: readonly string[]): HostEntry[] {
  const byIp = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const ip = line.slice(colon + 1);
    byIp.set(ip, [...(byIp.get(ip) ?? []), line.slice(0, colon)]);
  }
  return [...byIp].map(([ip, hostnames]) => ({ ip, hostnames }));
}
