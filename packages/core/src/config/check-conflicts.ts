import { isLoopback } from "../runtime/dial.js";
import type { PortBinding } from "../runtime/container-spec.js";
import type { ParsedValues } from "./check-values.js";
import type { ProblemCollector } from "./problems.js";
import type { SimpleConfig } from "./simple-config.js";
import type { Subnets } from "./subnet.js";

/** Checks for settings that exclude each other. */
export function checkConflicts(
  config: SimpleConfig,
  parsed: ParsedValues,
  problems: ProblemCollector,
): void {
  const conflict = (path: string, message: string, hint: string): void =>
    problems.add("CONFLICTING_OPTIONS", path, message, hint);
  checkHostNetwork(config, conflict);
  checkFamilies(config, parsed, conflict);
  checkApiPort(config, parsed, conflict);
  checkTunnel(config, conflict);
  const { k3d } = config.options ?? {};
  if (k3d?.imageVolume !== undefined && k3d.disableImageVolume === true) {
    conflict(
      "options.k3d.imageVolume",
      `Image volume '${k3d.imageVolume}' is named, but the image volume is disabled`,
      "Leave one of --image-volume and --no-image-volume out.",
    );
  }
  if ((k3d?.loadbalancer?.configOverrides?.length ?? 0) > 0 && k3d?.disableLoadbalancer === true) {
    conflict(
      "options.k3d.loadbalancer.configOverrides",
      "The load balancer is configured, but disabled",
      "Leave one of --lb-config-override and --no-lb out.",
    );
  }
  const proxy = config.registries?.create?.proxy;
  if (proxy?.remoteURL === undefined && (proxy?.username ?? proxy?.password) !== undefined) {
    conflict(
      "registries.create.proxy",
      "The registry has credentials for a remote registry, but no URL of it",
      "Set registries.create.proxy.remoteURL, or leave username and password out.",
    );
  }
}

/** Both families need a network of the cluster's own, for k3s must be told the addresses before it starts. */
function checkFamilies(
  { ipFamily, ipv6, subnet, network, machines = [] }: SimpleConfig,
  parsed: ParsedValues,
  conflict: Conflict,
): void {
  const ofSubnet = parsed.value<Subnets>("subnet")?.hasIpv6 === true;
  if (ipFamily !== "dual" && ipv6 !== true && !ofSubnet) return;
  const path = ipFamily === "dual" ? "ipFamily" : ipv6 === true ? "ipv6" : "subnet";
  if (ipFamily === "ipv4") {
    conflict(
      path,
      "IPv4 only and IPv6 are both asked for",
      "Leave --ip-family out, or --ipv6 and the IPv6 subnet.",
    );
  }
  if (ipv6 === false && ipFamily === "dual") {
    conflict("ipv6", "IPv4 only and both families are asked for", "Leave one of them out.");
  } else if (subnet !== undefined && ipv6 === false && ofSubnet) {
    conflict("ipv6", `IPv4 only is asked for, and subnet ${subnet}`, "Leave one of them out.");
  }
  if (network !== undefined) {
    conflict(
      path,
      `IPv6 is not possible on network '${network}': k3s must know both addresses of each node before it starts, and only on a network of the cluster's own does k3d choose them`,
      "Leave one of --network and --ip-family, --ipv6 or the IPv6 subnet out.",
    );
  }
  if (machines.length > 0) {
    conflict(
      path,
      "A cluster over several machines has IPv4 only",
      "Leave --machine out, or --ip-family, --ipv6 and the IPv6 subnet.",
    );
  }
}

/** Through a tunnel the API is on the loopback of whoever uses it. */
function checkTunnel({ kubeAPI = {}, network, options }: SimpleConfig, conflict: Conflict): void {
  if (options?.k3d?.tunnel !== true) return;
  if (network === "host") {
    conflict(
      "options.k3d.tunnel",
      "A cluster on the host's network opens its ports there, which a tunnel is meant to avoid",
      "Leave one of --tunnel and --network host out.",
    );
  }
  if (kubeAPI.host === undefined || isLoopback(kubeAPI.host)) return;
  conflict(
    "kubeAPI.host",
    `Clients should use ${kubeAPI.host}, but also a tunnel`,
    "Leave --tunnel out, or the host in front of the API's port.",
  );
}

type Conflict = (path: string, message: string, hint: string) => void;

/** One host port cannot lead to the API and elsewhere. */
function checkApiPort(
  { kubeAPI = {} }: SimpleConfig,
  parsed: ParsedValues,
  conflict: Conflict,
): void {
  const port = Number(kubeAPI.hostPort);
  if (!(port > 0)) return;
  for (const [index, bindings] of parsed.entries<PortBinding[] | undefined>("ports").entries()) {
    const taken = bindings?.some(
      ({ hostPort, hostIp, protocol }) =>
        protocol === "tcp" && hostPort === port && overlap(hostIp, kubeAPI.hostIP),
    );
    if (taken !== true) continue;
    conflict(
      `ports[${index}]`,
      `Host port ${port} is asked for twice: by the API and by this port`,
      "Choose another host port for one of them.",
    );
  }
}

const EVERY_ADDRESS: readonly (string | undefined)[] = [undefined, "0.0.0.0", "::"];

const overlap = (one: string | undefined, other: string | undefined): boolean =>
  one === other || EVERY_ADDRESS.includes(one) || EVERY_ADDRESS.includes(other);

function checkHostNetwork(config: SimpleConfig, conflict: Conflict): void {
  if (config.network !== "host") return;
  const { servers = 1, agents = 0, subnet, ports = [] } = config;
  if (servers > 1 || agents > 0) {
    conflict(
      "network",
      `Only one node fits on the host's network, but ${counted(servers, "server")} and ${counted(agents, "agent")} are asked for`,
      "Use one server and no agents, or another network.",
    );
  }
  if (subnet !== undefined) {
    conflict(
      "subnet",
      `Subnet ${subnet} is not possible on the host's network`,
      "Leave one of --subnet and --network host out.",
    );
  }
  if (ports.length > 0) {
    conflict(
      "ports",
      "Ports cannot be mapped on the host's network",
      "The node's ports are the host's own there: leave --port out.",
    );
  }
}

const counted = (count: number, what: string): string =>
  `${count} ${what}${count === 1 ? "" : "s"}`;
