import { K3dError } from "../errors/index.js";
import type { CapabilityName, RuntimeCapabilities } from "./capabilities.js";
import type { ContainerSpec } from "./container-spec.js";
import type { NetworkSpec } from "./networks.js";

/**
 * What happens where a capability is missing:
 *
 * - `refuse`: what needs it fails with `UNSUPPORTED` before anything is made.
 * - `warn`: k3d goes on and says what will be different.
 * - `degrade`: k3d goes another way that needs nothing of the user.
 */
export type WithoutCapability = "refuse" | "warn" | "degrade";

export interface CapabilityNeed {
  /** What needs it. */
  neededBy: string;
  without: WithoutCapability;
  /** What then, for people: a sentence. */
  consequence: string;
}

/** What needs each capability, and what happens without it. */
export const CAPABILITY_NEEDS: Readonly<Record<CapabilityName, CapabilityNeed>> = {
  staticIp: {
    neededBy: "addresses of nodes that never change",
    without: "warn",
    consequence: "Nodes may get other addresses after a restart of the host.",
  },
  dynamicRange: {
    neededBy: "addresses of nodes that no other container can take while they are stopped",
    without: "warn",
    consequence: "Nodes may get other addresses after a restart of the host.",
  },
  ipv6: {
    neededBy: "--ip-family dual, --ipv6 and IPv6 subnets",
    without: "refuse",
    consequence: "Nodes have IPv4 addresses only.",
  },
  ipv6Loopback: {
    neededBy: "ports and an API at [::1]",
    without: "refuse",
    consequence: "Nothing inside can be reached at [::1]; other addresses of the machine are.",
  },
  dns: {
    neededBy: "nodes that find each other, the load balancer and the registry by name",
    without: "warn",
    consequence: "Containers do not find each other by name: nodes may not join.",
  },
  pause: {
    neededBy: "starting nodes that another program has paused",
    without: "degrade",
    consequence: "Nothing can be paused.",
  },
  memoryLimit: {
    neededBy: "--servers-memory and --agents-memory",
    without: "warn",
    consequence: "This engine does not enforce memory limits.",
  },
  rlimits: {
    neededBy: "--runtime-ulimit",
    without: "warn",
    consequence: "This engine may refuse limits above those of its own user.",
  },
  gpus: {
    neededBy: "--gpus",
    without: "warn",
    consequence: "The engine shows no GPUs: nodes may not start.",
  },
  restartPolicy: {
    neededBy: "nodes that start again when they end by themselves",
    without: "warn",
    consequence: 'Nodes that end by themselves stay stopped until "k3d cluster start".',
  },
  restartAfterBoot: {
    neededBy: "clusters that come back after a restart of the host",
    without: "degrade",
    consequence: 'After a restart of the host, "k3d cluster start" starts the clusters again.',
  },
  imagePull: {
    neededBy: "images that the engine does not have yet",
    without: "refuse",
    consequence: "Images must be loaded into the engine by other means.",
  },
  imageArchive: {
    neededBy: "image import from the engine, and image save",
    without: "refuse",
    consequence: "Images can be imported from archives only.",
  },
  archiveOwners: {
    neededBy: "directories of nodes in snapshots, with the owners of their files",
    without: "degrade",
    consequence: "The owners of files are read in the node itself.",
  },
  volumes: {
    neededBy: "the image volume and volumes by name",
    without: "degrade",
    consequence: "Clusters have no image volume; volumes by name are refused.",
  },
  mountModes: {
    neededBy: "volumes with the modes U and O",
    without: "refuse",
    consequence: "These modes are Podman's own.",
  },
  hostNetwork: {
    neededBy: "--network host",
    without: "refuse",
    consequence: "Nodes cannot share the host's network.",
  },
  multipleNetworks: {
    neededBy: "registries that serve several clusters",
    without: "refuse",
    consequence: "A container is on one network only.",
  },
  portPublishing: {
    neededBy: "the Kubernetes API and --port on the host",
    without: "refuse",
    consequence: "Nothing inside can be reached from the host.",
  },
  privileged: {
    neededBy: "nodes: k3s mounts, sets sysctls and runs containers itself",
    without: "refuse",
    consequence: "Nodes cannot run.",
  },
  rename: {
    neededBy: "replacing a node's container by a changed one",
    without: "refuse",
    consequence: "Nodes cannot be changed, only deleted and created again.",
  },
  stats: {
    neededBy: "CPU and memory use of nodes",
    without: "refuse",
    consequence: "What nodes use is not known.",
  },
  localBindMounts: {
    neededBy: "--volume with a path of this machine, and ports that are chosen here",
    without: "degrade",
    consequence: "Paths and free ports are the engine's machine's, not this one's.",
  },
  networkOverMachines: {
    neededBy: "clusters over several machines",
    without: "refuse",
    consequence: "The nodes of a cluster are all on one machine.",
  },
  machineGroups: {
    neededBy: "k3d machines join",
    without: "refuse",
    consequence: "Join the engines by their own means, if they support it.",
  },
};

/** The capabilities that a container needs. */
export function containerNeeds(spec: ContainerSpec): CapabilityName[] {
  const needs: [CapabilityName, boolean | undefined][] = [
    ["hostNetwork", spec.hostNetwork],
    ["privileged", spec.privileged],
    ["portPublishing", spec.ports.length > 0],
    ["multipleNetworks", spec.networks.length > 1],
    ["staticIp", spec.networks.some(({ ipv4Address }) => ipv4Address !== undefined)],
    ["ipv6", spec.networks.some(({ ipv6Address }) => ipv6Address !== undefined)],
    ["ipv6Loopback", spec.ports.some(({ hostIp }) => hostIp === "::1")],
    ["volumes", spec.mounts.some(({ type, source }) => type === "volume" && source !== undefined)],
    ["mountModes", spec.mounts.some(({ options }) => options?.some((mode) => /^[OU]$/.test(mode)))],
    ["memoryLimit", spec.linux.resources?.memory?.limit !== undefined],
    ["rlimits", (spec.process.rlimits ?? []).length > 0],
    ["gpus", spec.gpus !== undefined],
    ["restartPolicy", (spec.restartPolicy?.name ?? "no") !== "no"],
  ];
  return needs.filter(([, needed]) => needed).map(([name]) => name);
}

/** The capabilities that a network needs. */
export function networkNeeds({
  dynamicRange,
  ipv6,
  overMachines,
}: Pick<NetworkSpec, "dynamicRange" | "ipv6" | "overMachines">): CapabilityName[] {
  const hasRange = (dynamicRange ?? ipv6?.dynamicRange) !== undefined;
  return [
    ...(hasRange ? (["dynamicRange"] as const) : []),
    ...(ipv6 === undefined ? [] : (["ipv6"] as const)),
    ...(overMachines === true ? (["networkOverMachines"] as const) : []),
  ];
}

/** Those of `needs` that are missing. */
export function missingCapabilities(
  needs: readonly CapabilityName[],
  capabilities: RuntimeCapabilities,
): CapabilityName[] {
  return needs.filter((name) => !capabilities[name]);
}

/** The error for what needs a capability that a runtime lacks. */
export function lacksCapability(capability: CapabilityName, runtime: string): K3dError {
  const { neededBy, consequence } = CAPABILITY_NEEDS[capability];
  return new K3dError(
    "UNSUPPORTED",
    `The runtime ${runtime} lacks the capability "${capability}", which is needed for ${neededBy}`,
    {
      hint: `${consequence} Choose another runtime with --runtime, or do without.`,
      details: { capability },
    },
  );
}
