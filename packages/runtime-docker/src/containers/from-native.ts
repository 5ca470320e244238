import type {
  ContainerInfo,
  ContainerMountInfo,
  ContainerNetworkInfo,
  ContainerStatus,
  ContainerSummary,
  PortBinding,
  PortProtocol,
} from "@k3d/core/runtime";
import type { ContainerInfo as DockerSummary, ContainerInspectInfo } from "dockerode";
import { toSpec } from "./spec-from-native.js";
import { parsePortKey } from "./to-native.js";

type DockerNetworks = Record<
  string,
  {
    NetworkID?: string;
    IPAddress?: string;
    Gateway?: string;
    Aliases?: string[] | null;
    GlobalIPv6Address?: string;
    IPAMConfig?: { IPv4Address?: string; IPv6Address?: string } | null;
  }
>;

const STATUSES: Record<string, ContainerStatus> = {
  created: "created",
  running: "running",
  paused: "paused",
  restarting: "restarting",
  removing: "removing",
  exited: "stopped",
  dead: "stopped",
};

/** The engine's state word in OCI's words. */
export function toStatus(state: string): ContainerStatus {
  return STATUSES[state] ?? "stopped";
}

/** `undefined` for the engine's zero time. */
export function toDate(time: string | undefined): Date | undefined {
  if (!time || time.startsWith("0001-")) return undefined;
  return new Date(time);
}

/** `undefined` for the addresses that mean "all of them". */
export function toHostIp(address: string | undefined): string | undefined {
  return !address || address === "0.0.0.0" || address === "::" ? undefined : address;
}

/** One binding for what the engine lists once per address family. */
export function uniquePorts(ports: PortBinding[]): PortBinding[] {
  const byKey = new Map(
    ports.map((port) => [
      `${port.hostIp ?? ""}:${port.hostPort ?? ""}:${port.containerPort}/${port.protocol}`,
      port,
    ]),
  );
  return [...byKey.values()];
}

function toNetworks(networks: DockerNetworks | undefined): ContainerNetworkInfo[] {
  return Object.entries(networks ?? {}).map(([name, network]) => {
    const fixed = network.IPAMConfig?.IPv4Address;
    const address = network.IPAddress || fixed;
    const fixedIpv6 = network.IPAMConfig?.IPv6Address || undefined;
    return {
      name,
      ...(network.NetworkID ? { id: network.NetworkID } : {}),
      ...(address ? { ipv4Address: address } : {}),
      ...(fixed ? { fixedIpv4Address: fixed } : {}),
      ipv6Address: network.GlobalIPv6Address || fixedIpv6,
      fixedIpv6Address: fixedIpv6,
      ...(network.Gateway ? { gateway: network.Gateway } : {}),
      ...(network.Aliases?.length ? { aliases: network.Aliases } : {}),
    };
  });
}

/** One entry of `GET /containers/json`. */
export function toSummary(container: DockerSummary): ContainerSummary {
  const ports = (container.Ports ?? []).filter((port) => port.PublicPort !== undefined);
  return {
    id: container.Id,
    name: (container.Names[0] ?? container.Id).replace(/^\//, ""),
    image: container.Image,
    status: toStatus(container.State),
    labels: container.Labels ?? {},
    created: new Date(container.Created * 1000),
    networks: toNetworks(container.NetworkSettings?.Networks),
    ports: uniquePorts(
      ports.map((port) => {
        const hostIp = toHostIp(port.IP);
        return {
          containerPort: port.PrivatePort,
          protocol: port.Type as PortProtocol,
          hostIp,
          hostPort: port.PublicPort,
        };
      }),
    ),
  };
}

function boundPorts(container: ContainerInspectInfo): PortBinding[] {
  return Object.entries(container.NetworkSettings.Ports ?? {}).flatMap(([key, bindings]) => {
    const port = parsePortKey(key);
    return (bindings ?? []).map((binding) => {
      const hostIp = toHostIp(binding.HostIp);
      return {
        ...port,
        hostIp,
        hostPort: Number(binding.HostPort),
      };
    });
  });
}

function toMountInfo(mount: ContainerInspectInfo["Mounts"][number]): ContainerMountInfo {
  const type = (mount.Type ?? "bind") as ContainerMountInfo["type"];
  const source = type === "volume" ? mount.Name : mount.Source;
  return {
    type,
    destination: mount.Destination,
    ...(source ? { source } : {}),
    readOnly: !mount.RW,
  };
}

/** `GET /containers/{id}/json`. */
export function toInfo(container: ContainerInspectInfo): ContainerInfo {
  const state = container.State;
  const status = toStatus(state.Status);
  const spec = toSpec(container);
  const running = status === "running" || status === "paused";
  const startedAt = toDate(state.StartedAt);
  const finishedAt = toDate(state.FinishedAt);
  const ended = !running && finishedAt !== undefined;
  return {
    id: container.Id,
    name: container.Name.replace(/^\//, ""),
    image: container.Config.Image,
    status,
    labels: container.Config.Labels ?? {},
    created: new Date(container.Created),
    networks: toNetworks(container.NetworkSettings.Networks),
    ports: running ? uniquePorts(boundPorts(container)) : spec.ports,
    hostname: container.Config.Hostname,
    ...(startedAt ? { startedAt } : {}),
    ...(finishedAt ? { finishedAt } : {}),
    ...(ended ? { exitCode: state.ExitCode } : {}),
    ...(state.Error ? { error: state.Error } : {}),
    ...(running && state.Pid > 0 ? { pid: state.Pid } : {}),
    restartCount: container.RestartCount,
    spec,
    restartPolicy: spec.restartPolicy ?? { name: "no" },
    mounts: [
      ...container.Mounts.map(toMountInfo),
      ...spec.mounts
        .filter((mount) => mount.type === "tmpfs")
        .map((mount) => ({
          type: mount.type,
          destination: mount.destination,
          readOnly: mount.options?.includes("ro") ?? false,
        })),
    ],
  };
}
