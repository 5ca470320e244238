import { LABELS, type MountSpec, type NodeDetails } from "@k3d/core";

/** What an inspection adds to a node's JSON, in the words of the Go k3d. */
export interface ContainerJson {
  /** Mounts as Docker writes binds: `SOURCE:DESTINATION[:OPTIONS]`. */
  volumes: string[];
  /** `NAME=value`; secrets are `***` unless they were asked for. */
  env: string[];
  /** The k3s command line from `server` or `agent` on; of other nodes the container's whole command. */
  Cmd: string[];
  /** The part of the command that k3d did not add by itself. The Go k3d prints none. */
  extraArgs: string[];
  /** Whether the engine starts it again by itself. */
  restart: boolean;
  hostPidMode: boolean;
  runtimeUlimits: { Name: string; Hard: number; Soft: number }[];
  /** Labels given by `--node-label`. */
  k3sNodeLabels: Record<string, string>;
  /** `HOST:ADDRESS`, as Docker writes them. */
  ExtraHosts: string[];
  GPURequest: string;
  /** Memory limit, e.g. `536.9MB`; empty without one. */
  Memory: string;
  K3dEntrypoint: boolean;
}

export function containerJson(
  { spec, restartPolicy }: NodeDetails,
  labels: Readonly<Record<string, string>>,
): ContainerJson {
  const whole = spec.process.args ?? [];
  const start = whole.findIndex((arg) => arg === "server" || arg === "agent");
  const command = start < 0 ? whole : whole.slice(start);
  const memory = spec.linux.resources?.memory?.limit;
  return {
    volumes: spec.mounts.flatMap(bind),
    env: spec.process.env,
    Cmd: command,
    extraArgs: start < 0 ? [] : usersArgs(command.slice(1), labels),
    restart: restartPolicy.name === "always" || restartPolicy.name === "unless-stopped",
    hostPidMode: spec.linux.hostNamespaces?.includes("pid") ?? false,
    runtimeUlimits: (spec.process.rlimits ?? []).map(({ type, soft, hard }) => ({
      Name: type.replace(/^RLIMIT_/, "").toLowerCase(),
      Hard: hard,
      Soft: soft,
    })),
    k3sNodeLabels: nodeLabels(command),
    ExtraHosts: (spec.extraHosts ?? []).flatMap(({ ip, hostnames }) =>
      hostnames.map((name) => `${name}:${ip}`),
    ),
    GPURequest: spec.gpus ?? "",
    Memory: memory === undefined ? "" : humanSize(memory),
    K3dEntrypoint: whole.some((arg) => arg.endsWith("/k3d-entrypoint.sh")),
  };
}

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

/** Four digits and a unit of powers of 1000, as Docker's libraries write sizes. */
function humanSize(bytes: number): string {
  const exponent = Math.min(Math.floor(Math.log10(Math.max(1, bytes)) / 3), UNITS.length - 1);
  return `${Number((bytes / 1000 ** exponent).toPrecision(4))}${UNITS[exponent]}`;
}

function bind({ type, source, destination, options = [] }: MountSpec): string[] {
  if (type === "tmpfs") return [];
  const target = source === undefined ? destination : `${source}:${destination}`;
  return [options.length === 0 ? target : `${target}:${options.join(",")}`];
}

/** Without what every node gets: names in the certificate, labels, and the flag of the first server. */
function usersArgs(args: readonly string[], labels: Readonly<Record<string, string>>): string[] {
  const own = new Set([labels[LABELS.apiHost], labels[LABELS.serverLoadBalancer]]);
  const result: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    const isOwn =
      (arg === "--tls-san" && own.has(args[index + 1])) ||
      (arg === "--node-label" && args[index + 1] !== undefined);
    if (isOwn) index++;
    else if (arg !== "--cluster-init") result.push(arg);
  }
  return result;
}

function nodeLabels(args: readonly string[]): Record<string, string> {
  const given = args.flatMap((arg, index) => {
    if (arg.startsWith("--node-label=")) return [arg.slice("--node-label=".length)];
    return args[index - 1] === "--node-label" ? [arg] : [];
  });
  return Object.fromEntries(
    given
      .flatMap((labels) => labels.split(","))
      .map((label) => {
        const [name = "", ...value] = label.split("=");
        return [name, value.join("=")];
      }),
  );
}
