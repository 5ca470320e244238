import {
  fullImageReference,
  type ContainerInfo,
  type ContainerMountInfo,
  type ContainerNetworkInfo,
  type ContainerSpec,
  type ContainerStatus,
  type ContainerSummary,
  type PortBinding,
  type PortProtocol,
} from "@k3d/core/runtime";
import { SPEC_LABEL } from "./create-args.js";

/** The part of `container inspect` that is read. Whatever may be missing in a release is optional. */
export interface ContainerJson {
  Id: string;
  Name: string;
  Created: string;
  RestartCount?: number;
  State: {
    Status: string;
    Pid?: number;
    ExitCode?: number;
    Error?: string;
    StartedAt?: string;
    FinishedAt?: string;
  };
  Config: {
    Image?: string;
    Hostname?: string;
    Labels?: Record<string, string> | null;
    Env?: string[] | null;
    Cmd?: string[] | null;
    Entrypoint?: string[] | null;
  };
  HostConfig?: { RestartPolicy?: { Name?: string; MaximumRetryCount?: number } };
  Mounts?:
    | { Type: string; Name?: string; Source: string; Destination: string; RW?: boolean }[]
    | null;
  NetworkSettings?: {
    Ports?: Record<string, { HostIp: string; HostPort: string }[] | null> | null;
    Networks?: Record<
      string,
      { NetworkID?: string; IPAddress?: string; Gateway?: string; Aliases?: string[] | null }
    > | null;
  };
}

const STATUSES: Readonly<Record<string, ContainerStatus>> = {
  created: "created",
  running: "running",
  paused: "paused",
  pausing: "paused",
  restarting: "restarting",
  removing: "removing",
};

export function containerStatus({ State }: ContainerJson): ContainerStatus {
  return STATUSES[State.Status.toLowerCase()] ?? "stopped";
}

export function containerInfo(json: ContainerJson): ContainerInfo {
  const { State: state, Config: config } = json;
  const { [SPEC_LABEL]: written, ...labels } = config.Labels ?? {};
  const name = json.Name.replace(/^\//, "");
  const made = readSpec(written);
  const status = containerStatus(json);
  const isUp = status === "running" || status === "paused" || status === "restarting";
  const spec = made === undefined ? guessedSpec(json, name, labels) : { ...made, name, labels };
  const finishedAt = moment(state.FinishedAt);
  return {
    id: json.Id,
    name,
    image: spec.image,
    status,
    labels,
    created: new Date(json.Created),
    networks: networks(json, spec, isUp),
    ports: isUp ? boundPorts(json) : spec.ports,
    hostname: config.Hostname ?? name,
    startedAt: moment(state.StartedAt),
    finishedAt,
    exitCode: status === "stopped" && finishedAt !== undefined ? state.ExitCode : undefined,
    error: state.Error || undefined,
    pid: state.Pid || undefined,
    restartCount: json.RestartCount ?? 0,
    restartPolicy: spec.restartPolicy ?? { name: "no" },
    mounts: mounts(json, spec),
    spec,
  } as ContainerInfo;
}

export function containerSummary(json: ContainerJson): ContainerSummary {
  const { id, name, image, status, labels, created, networks: joined, ports } = containerInfo(json);
  return { id, name, image, status, labels, created, networks: joined, ports };
}

function readSpec(text: string | undefined): ContainerSpec | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as ContainerSpec;
  } catch {
    return undefined;
  }
}

/** Of a container that another program made. */
function guessedSpec(
  json: ContainerJson,
  name: string,
  labels: Record<string, string>,
): ContainerSpec {
  const { Image, Env, Cmd, Entrypoint } = json.Config;
  return {
    name,
    image: Image === undefined ? "" : fullImageReference(Image),
    process: { args: [...(Entrypoint ?? []), ...(Cmd ?? [])], env: Env ?? [] },
    mounts: [],
    labels,
    linux: {},
    networks: Object.keys(json.NetworkSettings?.Networks ?? {}).map((network) => ({
      name: network,
    })),
    ports: boundPorts(json),
  };
}

function networks(json: ContainerJson, spec: ContainerSpec, isUp: boolean): ContainerNetworkInfo[] {
  if (spec.hostNetwork) return [];
  const endpoints = json.NetworkSettings?.Networks ?? {};
  const names = new Set([...spec.networks.map(({ name }) => name), ...Object.keys(endpoints)]);
  return [...names].map((name) => {
    const fixed = spec.networks.find((network) => network.name === name)?.ipv4Address;
    const endpoint = endpoints[name];
    const aliases = (endpoint?.Aliases ?? []).filter((alias) => !json.Id.startsWith(alias));
    return {
      name,
      id: endpoint?.NetworkID || undefined,
      ipv4Address: (isUp ? endpoint?.IPAddress : undefined) || fixed,
      fixedIpv4Address: fixed,
      gateway: endpoint?.Gateway || undefined,
      aliases: aliases.length > 0 ? aliases : undefined,
    } as ContainerNetworkInfo;
  });
}

const ALL_ADDRESSES = new Set(["", "0.0.0.0", "::"]);

function boundPorts({ NetworkSettings }: ContainerJson): PortBinding[] {
  const found = new Map<string, PortBinding>();
  for (const [target, bindings] of Object.entries(NetworkSettings?.Ports ?? {})) {
    const [port, protocol = "tcp"] = target.split("/");
    for (const { HostIp, HostPort } of bindings ?? []) {
      const hostIp = ALL_ADDRESSES.has(HostIp) ? undefined : HostIp;
      const binding: PortBinding = {
        containerPort: Number(port),
        protocol: protocol as PortProtocol,
        hostPort: Number(HostPort),
      };
      if (hostIp !== undefined) binding.hostIp = hostIp;
      // A port on all addresses is told once for IPv4 and once for IPv6.
      found.set(`${target} ${hostIp ?? ""} ${HostPort}`, binding);
    }
  }
  return [...found.values()];
}

function mounts({ Mounts }: ContainerJson, spec: ContainerSpec): ContainerMountInfo[] {
  const told = (Mounts ?? [])
    .filter(({ Type }) => Type !== "tmpfs")
    .map(({ Type, Name, Source, Destination, RW = true }) => ({
      type: Type === "volume" ? ("volume" as const) : ("bind" as const),
      destination: Destination,
      source: Type === "volume" && Name ? Name : Source,
      readOnly: !RW,
    }));
  const tmpfs = spec.mounts
    .filter(({ type }) => type === "tmpfs")
    .map(({ destination, options = [] }) => ({
      type: "tmpfs" as const,
      destination,
      readOnly: options.includes("ro"),
    }));
  return [...told, ...tmpfs];
}

/** Absent where the engine writes the year 1. */
function moment(text: string | undefined): Date | undefined {
  return text === undefined || text === "" || text.startsWith("0001-") ? undefined : new Date(text);
}
