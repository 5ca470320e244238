import {
  holdsSecret,
  isSecretName,
  type ContainerSpec,
  type HostEntry,
  type LinuxSpec,
  type NetworkAttachment,
  type PortBinding,
  type RestartPolicy,
  type Rlimit,
} from "@k3d/core/runtime";
import { csvField } from "../command/csv.js";
import { envArgs } from "../command/env-args.js";
import { gpuDevices } from "./gpu-devices.js";
import { mountArgs } from "./mount-args.js";
import { REQUESTED_ANNOTATION, writeRequested } from "./requested.js";

/** A `podman create` command line, without what other users of the machine must not see in it. */
export interface CreateCommand {
  args: string[];
  /** Secret variables: podman takes their values from its own environment. */
  env: Record<string, string>;
  /** Lines of a file for `--label-file`: labels that hold secrets. */
  secretLabels: string[];
}

export interface CreateContext {
  /** Full reference of an image that is present. */
  image: string;
  /** Whether this podman may set a limit on processes (not rootless on cgroup v1). */
  pidsLimit: boolean;
}

/**
 * What podman does by default and Docker does not, switched off, so that a
 * spec means the same everywhere: no pull, no proxy variables of the host, no
 * systemd mode, no limit on processes, and a log that `podman logs` can follow
 * without a journal.
 */
const PLAIN_DEFAULTS = [
  "--pull=never",
  "--http-proxy=false",
  "--systemd=false",
  "--log-driver=k8s-file",
] as const;

/** Translates a spec into the arguments of podman. */
export function createCommand(spec: ContainerSpec, context: CreateContext): CreateCommand {
  const { process } = spec;
  const [executable, ...rest] = process.args ?? [];
  const environment = envArgs(process.env);
  const labels = Object.entries(spec.labels);
  const inFile = ([name, value]: [string, string]): boolean =>
    (isSecretName(name) || holdsSecret(value)) && !value.includes("\n");
  const annotations = {
    ...spec.annotations,
    [REQUESTED_ANNOTATION]: writeRequested(spec),
  };
  const args = [
    "create",
    ...PLAIN_DEFAULTS,
    ...flag("--name", spec.name),
    ...(context.pidsLimit ? ["--pids-limit=-1"] : []),
    ...hostnameArgs(spec),
    ...environment.args,
    ...flag("--workdir", process.cwd),
    ...flag("--user", process.user),
    ...(process.rlimits ?? []).flatMap((limit) => flag("--ulimit", ulimit(limit))),
    ...spec.mounts.flatMap(mountArgs),
    ...labels
      .filter((label) => !inFile(label))
      .flatMap(([name, value]) => flag("--label", `${name}=${value}`)),
    ...Object.entries(annotations).flatMap(([name, value]) =>
      flag("--annotation", csvField(`${name}=${value}`)),
    ),
    ...linuxArgs(spec.linux),
    ...(spec.privileged === true ? ["--privileged"] : []),
    ...(spec.init === true ? ["--init"] : []),
    ...(spec.securityLabel === false
      ? ["--security-opt=label=disable", "--security-opt=apparmor=unconfined"]
      : []),
    ...networkArgs(spec),
    ...spec.ports.flatMap((port) => flag("--publish", publish(port))),
    ...(spec.extraHosts ?? []).flatMap(hostArgs),
    ...flag("--stop-timeout", spec.stopTimeout?.toString()),
    ...flag("--stop-signal", spec.stopSignal),
    ...flag("--restart", restart(spec.restartPolicy)),
    ...gpuDevices(spec.gpus).flatMap((device) => flag("--device", device)),
    ...flag("--entrypoint", executable === undefined ? undefined : JSON.stringify([executable])),
    context.image,
    ...rest,
  ];
  return {
    args,
    env: environment.env,
    secretLabels: labels.filter(inFile).map(([name, value]) => `${name}=${value}`),
  };
}

/** The arguments that attach a container to its networks; podman keeps their order. */
export function networkArg({
  name,
  ipv4Address,
  ipv6Address,
  aliases = [],
}: NetworkAttachment): string {
  const options = [
    ...(ipv4Address === undefined ? [] : [`ip=${ipv4Address}`, `mac=${macOf(ipv4Address)}`]),
    ...(ipv6Address === undefined ? [] : [`ip6=${ipv6Address}`]),
    ...aliases.map((alias) => `alias=${alias}`),
  ];
  return options.length === 0 ? name : `${name}:${options.join(",")}`;
}

/**
 * A locally administered MAC address that belongs to a fixed address. With a
 * random one at every start, neighbours would send to the old one until their
 * ARP entry times out: ten seconds in which a restarted node is unreachable.
 */
function macOf(ipv4Address: string): string {
  const octets = ipv4Address.split(".").map((octet) => Number(octet).toString(16).padStart(2, "0"));
  return ["02", "42", ...octets].join(":");
}

function flag(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [name, value];
}

function hostnameArgs({ name, hostname = name, hostNetwork, linux }: ContainerSpec): string[] {
  const shared = hostNetwork === true || linux.hostNamespaces?.includes("uts") === true;
  return shared ? [] : flag("--hostname", hostname);
}

function networkArgs({ hostNetwork, networks }: ContainerSpec): string[] {
  if (hostNetwork === true) return ["--network", "host"];
  // Without root podman would take slirp4netns or pasta, to which no network can be added later.
  if (networks.length === 0) return ["--network", "bridge"];
  return networks.flatMap((network) => flag("--network", networkArg(network)));
}

function linuxArgs({ resources, hostNamespaces = [], sysctl = {} }: LinuxSpec): string[] {
  const options = {
    pid: "--pid",
    user: "--userns",
    ipc: "--ipc",
    uts: "--uts",
    cgroup: "--cgroupns",
  };
  const memory = resources?.memory?.limit;
  return [
    ...flag("--memory", memory === undefined ? undefined : `${memory}b`),
    ...hostNamespaces.flatMap((namespace) => flag(options[namespace], "host")),
    ...Object.entries(sysctl).flatMap(([name, value]) => flag("--sysctl", `${name}=${value}`)),
  ];
}

function ulimit({ type, soft, hard }: Rlimit): string {
  return `${type.replace(/^RLIMIT_/, "").toLowerCase()}=${soft}:${hard}`;
}

function publish({ hostIp, hostPort, containerPort, protocol }: PortBinding): string {
  const target = `${containerPort}/${protocol}`;
  const ip = hostIp?.includes(":") === true ? `[${hostIp}]` : hostIp;
  if (ip !== undefined) return `${ip}:${hostPort ?? ""}:${target}`;
  return hostPort === undefined ? target : `${hostPort}:${target}`;
}

function hostArgs({ ip, hostnames }: HostEntry): string[] {
  return hostnames.flatMap((hostname) => flag("--add-host", `${hostname}:${ip}`));
}

function restart(policy: RestartPolicy | undefined): string | undefined {
  if (policy === undefined) return undefined;
  const count = policy.maximumRetryCount ?? 0;
  return policy.name === "on-failure" && count > 0 ? `on-failure:${count}` : policy.name;
}
