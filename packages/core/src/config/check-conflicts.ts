import type { ProblemCollector } from "./problems.js";
import type { SimpleConfig } from "./simple-config.js";

/** Checks for settings that exclude each other. */
export function checkConflicts(config: SimpleConfig, problems: ProblemCollector): void {
  const conflict = (path: string, message: string, hint: string): void =>
    problems.add("CONFLICTING_OPTIONS", path, message, hint);
  checkHostNetwork(config, conflict);
  const { k3d } = config.options ?? {};
  if (k3d?.imageVolume !== undefined && k3d.disableImageVolume === true) {
    conflict(
      "options.k3d.imageVolume",
      `Image volume ${k3d.imageVolume} is named, but the image volume is disabled`,
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
      "The registry has credentials for a remote, but no remote",
      "Set registries.create.proxy.remoteURL, or leave username and password out.",
    );
  }
}

type Conflict = (path: string, message: string, hint: string) => void;

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
      `Subnet ${subnet} cannot be had on the host's network`,
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
