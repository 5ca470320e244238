import type {
  ContainerInfo,
  ContainerMountInfo,
  ContainerNetworkInfo,
  ContainerStatus,
  ContainerSummary,
  NetworkAttachment,
  PortBinding,
  PortProtocol,
} from "@k3d/core/runtime";
import { containerSpec, restartPolicy } from "./spec-from-native.js";
import type { ContainerJson, NetworkEndpointJson } from "./inspect-json.js";
import { readRequested, type Requested } from "./requested.js";

const STATUSES: Readonly<Record<string, ContainerStatus>> = {
  configured: "created",
  created: "created",
  initialized: "created",
  running: "running",
  stopping: "running",
  paused: "paused",
  stopped: "stopped",
  exited: "stopped",
  removing: "removing",
};

/** Where a port is published without an address; podman 5 says `0.0.0.0` for what podman 4 left empty. */
const ALL_ADDRESSES: readonly string[] = ["", "0.0.0.0", "::"];

/** Podman's word for a container that has ended, whose clean-up process has not come yet. */
const ENDED = "stopped";
/** Milliseconds in which a clean-up process that has not come will not come any more. */
const CLEAN_UP_PATIENCE = 10_000;

/**
 * Podman's state of a container as an OCI status word.
 *
 * Podman has no word for `restarting`: between the end of a container and its
 * next start it only says that nobody has cleaned up yet, so the restart
 * policy tells what will come.
 */
export function containerStatus(json: ContainerJson): ContainerStatus {
  const { Status, Restarting } = json.State;
  if (Restarting === true) return "restarting";
  return Status === ENDED && willRestart(json) ? "restarting" : (STATUSES[Status] ?? "stopped");
}

function willRestart(json: ContainerJson): boolean {
  const { ExitCode: exitCode, FinishedAt: finishedAt } = json.State;
  if (Date.now() - Date.parse(finishedAt) > CLEAN_UP_PATIENCE) return false;
  const { name, maximumRetryCount = 0 } = restartPolicy(json);
  const retries = maximumRetryCount === 0 || json.RestartCount < maximumRetryCount;
  return name === "on-failure" ? exitCode !== 0 && retries : name !== "no";
}

/** What `podman container inspect` tells of a container. */
export function containerInfo(json: ContainerJson): ContainerInfo {
  const requested = readRequested(json.Config.Annotations ?? {});
  const { State: state } = json;
  const status = containerStatus(json);
  const networks = networkInfos(json, requested);
  const ports = boundPorts(json);
  const info: ContainerInfo = {
    id: json.Id,
    name: json.Name,
    image: json.ImageName,
    status,
    labels: json.Config.Labels ?? {},
    created: new Date(json.Created),
    networks,
    ports,
    hostname: json.Config.Hostname,
    restartCount: json.RestartCount,
    restartPolicy: restartPolicy(json),
    mounts: mountInfos(json),
    spec: containerSpec(json, { requested, networks, ports }),
  };
  const startedAt = moment(state.StartedAt);
  const finishedAt = moment(state.FinishedAt);
  if (startedAt !== undefined) info.startedAt = startedAt;
  if (finishedAt !== undefined) info.finishedAt = finishedAt;
  if (status === "stopped" && finishedAt !== undefined) info.exitCode = state.ExitCode;
  if (state.Error !== "") info.error = state.Error;
  if (state.Pid > 0) info.pid = state.Pid;
  return info;
}

/** The part of {@link containerInfo} that lists show. */
export function containerSummary(json: ContainerJson): ContainerSummary {
  const { id, name, image, status, labels, created, networks, ports } = containerInfo(json);
  return { id, name, image, status, labels, created, networks, ports };
}

function networkInfos(
  json: ContainerJson,
  requested: Requested | undefined,
): ContainerNetworkInfo[] {
  const endpoints = new Map(Object.entries(json.NetworkSettings.Networks ?? {}));
  endpoints.delete("host");
  const inOrder = (requested?.networks ?? [])
    .map(({ name }) => name)
    .filter((name) => endpoints.has(name));
  return [...new Set([...inOrder, ...endpoints.keys()])].map((name) => {
    const fixed = requested?.networks.find((network) => network.name === name);
    return networkInfo(name, json.Id, endpoints.get(name), fixed);
  });
}

function networkInfo(
  name: string,
  containerId: string,
  endpoint: NetworkEndpointJson | undefined,
  { ipv4Address: fixed, ipv6Address: fixedIpv6 }: Partial<NetworkAttachment> = {},
): ContainerNetworkInfo {
  const info: ContainerNetworkInfo = { name };
  const address = endpoint?.IPAddress || fixed;
  const ipv6Address = endpoint?.GlobalIPv6Address || fixedIpv6;
  // Behind those asked for podman puts the short id, and from 5 on the hostname behind that.
  const known = endpoint?.Aliases ?? [];
  const own = known.findIndex((alias) => containerId.startsWith(alias));
  const aliases = own === -1 ? known : known.slice(0, own);
  if (endpoint !== undefined && endpoint.NetworkID !== name) info.id = endpoint.NetworkID;
  if (address !== undefined) info.ipv4Address = address;
  if (fixed !== undefined) info.fixedIpv4Address = fixed;
  if (ipv6Address !== undefined) info.ipv6Address = ipv6Address;
  if (fixedIpv6 !== undefined) info.fixedIpv6Address = fixedIpv6;
  if (endpoint?.Gateway) info.gateway = endpoint.Gateway;
  if (aliases.length > 0) info.aliases = aliases;
  return info;
}

function boundPorts(json: ContainerJson): PortBinding[] {
  return Object.entries(json.HostConfig.PortBindings ?? {}).flatMap(([target, bindings]) => {
    const [port, protocol = "tcp"] = target.split("/");
    return (bindings ?? []).map(({ HostIp, HostPort }) => {
      const binding: PortBinding = {
        containerPort: Number(port),
        protocol: protocol as PortProtocol,
      };
      if (!ALL_ADDRESSES.includes(HostIp)) binding.hostIp = HostIp;
      if (HostPort !== "" && HostPort !== "0") binding.hostPort = Number(HostPort);
      return binding;
    });
  });
}

function mountInfos({ Mounts: mounts, HostConfig }: ContainerJson): ContainerMountInfo[] {
  const tmpfs = Object.entries(HostConfig.Tmpfs ?? {}).map(([destination, options]) => ({
    type: "tmpfs" as const,
    destination,
    readOnly: options.split(",").includes("ro"),
  }));
  const others = (mounts ?? []).map(({ Type, Name, Source, Destination, RW }) => ({
    type: Type === "volume" ? ("volume" as const) : ("bind" as const),
    destination: Destination,
    source: Type === "volume" && Name !== undefined ? Name : Source,
    readOnly: !RW,
  }));
  return [...others, ...tmpfs];
}

function moment(text: string): Date | undefined {
  return text.startsWith("0001-") ? undefined : new Date(text);
}
