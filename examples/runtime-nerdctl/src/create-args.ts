import {
  holdsSecret,
  isSecretName,
  type ContainerSpec,
  type LinuxSpec,
  type MountSpec,
  type NetworkAttachment,
  type PortBinding,
  type RestartPolicy,
} from "@k3d/core/runtime";

/**
 * Label in which a container keeps the spec that it was made of: what `inspect` prints differs
 * between releases, and lacks a part of it in all of them.
 */
export const SPEC_LABEL = "k3d-runtime-nerdctl.spec";

/** A `create` command line, without what other users of the machine must not see in it. */
export interface CreateCommand {
  args: string[];
  /** Secret variables: the command takes their values from its own environment. */
  env: Record<string, string>;
  /** Lines for `--label-file`. */
  labels: string[];
}

/** Translates a spec; `labelFile` is the path that the labels will be written to. */
export function createCommand(spec: ContainerSpec, labelFile: string): CreateCommand {
  const { process } = spec;
  const [executable, ...rest] = process.args ?? [];
  const variables = process.env.map((entry) => {
    const [name = ""] = entry.split("=", 1);
    const value = entry.slice(name.length + 1);
    return { entry, name, value, secret: isSecretName(name) || holdsSecret(value) };
  });
  const labels = Object.entries({ ...spec.labels, [SPEC_LABEL]: JSON.stringify(spec) });
  // A file of labels has one in each line.
  const inFile = ([, value]: [string, string]): boolean => !value.includes("\n");
  const args = [
    "create",
    "--pull=never",
    ...flag("--name", spec.name),
    ...flag("--label-file", labelFile),
    ...labels
      .filter((label) => !inFile(label))
      .flatMap(([name, value]) => flag("--label", `${name}=${value}`)),
    ...hostnameArgs(spec),
    ...variables.flatMap(({ entry, name, secret }) => flag("--env", secret ? name : entry)),
    ...flag("--workdir", process.cwd),
    ...flag("--user", process.user),
    ...(process.rlimits ?? []).flatMap(({ type, soft, hard }) =>
      flag("--ulimit", `${type.replace(/^RLIMIT_/, "").toLowerCase()}=${soft}:${hard}`),
    ),
    ...spec.mounts.flatMap(mountArgs),
    ...linuxArgs(spec.linux),
    ...(spec.privileged ? ["--privileged"] : []),
    ...(spec.init ? ["--init"] : []),
    ...(spec.securityLabel === false ? ["--security-opt=apparmor=unconfined"] : []),
    ...networkArgs(spec),
    ...spec.ports.flatMap((port) => flag("--publish", publish(port))),
    ...(spec.extraHosts ?? []).flatMap(({ ip, hostnames }) =>
      hostnames.flatMap((name) => flag("--add-host", `${name}:${ip}`)),
    ),
    ...flag("--stop-timeout", spec.stopTimeout?.toString()),
    ...flag("--stop-signal", spec.stopSignal),
    ...flag("--restart", restart(spec.restartPolicy)),
    ...flag("--entrypoint", executable),
    spec.image,
    ...rest,
  ];
  return {
    args,
    env: Object.fromEntries(
      variables.filter(({ secret }) => secret).map(({ name, value }) => [name, value]),
    ),
    labels: labels.filter(inFile).map(([name, value]) => `${name}=${value}`),
  };
}

function flag(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [name, value];
}

function hostnameArgs({ name, hostname = name, hostNetwork, linux }: ContainerSpec): string[] {
  const shared = hostNetwork === true || linux.hostNamespaces?.includes("uts") === true;
  return shared ? [] : flag("--hostname", hostname);
}

function networkArgs({ hostNetwork, networks }: ContainerSpec): string[] {
  if (hostNetwork) return ["--network", "host"];
  return networks.flatMap(networkArg);
}

function networkArg({ name, ipv4Address, aliases = [] }: NetworkAttachment): string[] {
  return [
    ...flag("--network", name),
    ...flag("--ip", ipv4Address),
    ...aliases.flatMap((alias) => flag("--network-alias", alias)),
  ];
}

function mountArgs({ type, source, destination, options = [] }: MountSpec): string[] {
  const rest = options.filter((option) => option !== "rw" && option !== "rbind");
  if (type === "tmpfs") return ["--tmpfs", [destination, rest.join(",")].filter(Boolean).join(":")];
  return ["--volume", [source, destination, rest.join(",")].filter(Boolean).join(":")];
}

function linuxArgs({ resources, hostNamespaces = [], sysctl = {} }: LinuxSpec): string[] {
  const options = {
    pid: "--pid",
    user: "--userns",
    ipc: "--ipc",
    uts: "--uts",
    cgroup: "--cgroupns",
  };
  return [
    ...flag("--memory", resources?.memory?.limit?.toString()),
    ...hostNamespaces.flatMap((namespace) => flag(options[namespace], "host")),
    ...Object.entries(sysctl).flatMap(([name, value]) => flag("--sysctl", `${name}=${value}`)),
  ];
}

function publish({ hostIp, hostPort, containerPort, protocol }: PortBinding): string {
  const target = `${containerPort}/${protocol}`;
  const ip = hostIp?.includes(":") ? `[${hostIp}]` : hostIp;
  if (ip !== undefined) return `${ip}:${hostPort ?? ""}:${target}`;
  return hostPort === undefined ? target : `${hostPort}:${target}`;
}

function restart(policy: RestartPolicy | undefined): string | undefined {
  const count = policy?.maximumRetryCount ?? 0;
  return policy?.name === "on-failure" && count > 0 ? `on-failure:${count}` : policy?.name;
}
