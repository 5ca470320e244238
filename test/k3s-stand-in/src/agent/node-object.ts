import { readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { arch, availableParallelism, release } from "node:os";
import { timestamp } from "../api/objects.ts";
import type { NodeConfig } from "../server/config.ts";
import type { KubeObject } from "../store/types.ts";
import { parseLabels } from "./node-labels.ts";

const secretFlags = new Set([
  "--token",
  "-t",
  "--agent-token",
  "--datastore-endpoint",
  "--cluster-secret",
  "--etcd-s3-access-key",
  "--etcd-s3-secret-key",
]);
const secretEnv = new Set([
  "K3S_TOKEN",
  "K3S_AGENT_TOKEN",
  "K3S_CLUSTER_SECRET",
  "K3S_DATASTORE_ENDPOINT",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
]);
const hidden = "********";

/** The role of this process, for labels. */
export interface Roles {
  server: boolean;
  /** Member name and address in the embedded etcd. */
  etcd?: { name: string; address: string };
}

function goArch(): string {
  return arch() === "x64" ? "amd64" : arch();
}

/** `key=value:Effect` or `key:Effect`, as `--node-taint` takes it. */
function taintsOf(config: NodeConfig): { key: string; value?: string; effect: string }[] {
  return config.options.list("node-taint").map((text) => {
    const colon = text.lastIndexOf(":");
    const [key = "", value] = text.slice(0, colon).split("=");
    return { key, ...(value ? { value } : {}), effect: text.slice(colon + 1) };
  });
}

/** k3s gave its servers the role `master` too, up to v1.33. */
function hasMasterRole(version: string): boolean {
  const minor = /^v1\.(\d+)/.exec(version)?.[1];
  return minor !== undefined && Number(minor) <= 33;
}

/** The command line as k3s keeps it in an annotation: secrets hidden, flags and values apart. */
export function nodeArgs(argv: string[]): string[] {
  const parts = argv.flatMap((arg) => {
    const equals = arg.startsWith("-") ? arg.indexOf("=") : -1;
    return equals < 0 ? [arg] : [arg.slice(0, equals), arg.slice(equals + 1)];
  });
  return parts.map((part, index) => (secretFlags.has(parts[index - 1] ?? "") ? hidden : part));
}

export function nodeEnv(env: NodeJS.ProcessEnv): Record<string, string> {
  const kept = Object.entries(env).filter(
    ([key, value]) =>
      key.startsWith("K3S_") && !key.startsWith("K3S_STANDIN_") && value !== undefined,
  );
  return Object.fromEntries(
    kept.map(([key, value]) => [key, secretEnv.has(key) ? hidden : (value as string)]),
  );
}

function memory(config: NodeConfig): string {
  // The engine mounts a limited /proc/meminfo over the real one, below no other root.
  const file = config.knobs.root === "/" ? "/proc/meminfo" : config.paths.at("/proc/meminfo");
  const read = (path: string): string | undefined => {
    try {
      return /^MemTotal:\s+(\d+) kB/m.exec(readFileSync(path, "utf8"))?.[1];
    } catch {
      return undefined;
    }
  };
  return binaryQuantity(Number(read(file) ?? read("/proc/meminfo") ?? "0"));
}

/** An amount of KiB in the largest unit that leaves it whole, as Kubernetes writes it. */
function binaryQuantity(kib: number): string {
  const units = ["Ki", "Mi", "Gi", "Ti"];
  let amount = kib;
  let unit = 0;
  while (amount > 0 && amount % 1024 === 0 && unit < units.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${amount}${amount === 0 ? "" : units[unit]}`;
}

function systemId(): string {
  try {
    return readFileSync("/etc/machine-id", "utf8").trim();
  } catch {
    return "";
  }
}

export function conditions(ready: boolean): Record<string, string>[] {
  const now = timestamp();
  const one = (
    type: string,
    status: string,
    reason: string,
    message: string,
  ): Record<string, string> => ({
    type,
    status,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
    reason,
    message,
  });
  return [
    one(
      "MemoryPressure",
      "False",
      "KubeletHasSufficientMemory",
      "kubelet has sufficient memory available",
    ),
    one("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    one("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ready
      ? one("Ready", "True", "KubeletReady", "kubelet is posting ready status")
      : one(
          "Ready",
          "False",
          "KubeletNotReady",
          "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized",
        ),
  ];
}

/** The status that the kubelet posts. */
export function nodeStatus(config: NodeConfig, ready: boolean): Record<string, unknown> {
  const { nodeIps, nodeName, knobs, options } = config;
  const capacity = {
    cpu: String(availableParallelism()),
    memory: memory(config),
    pods: "110",
    "ephemeral-storage": "61255492Ki",
    "hugepages-1Gi": "0",
    "hugepages-2Mi": "0",
  };
  return {
    capacity,
    allocatable: capacity,
    addresses: [
      ...nodeIps.map((address) => ({ type: "InternalIP", address })),
      ...options.list("node-external-ip").map((address) => ({ type: "ExternalIP", address })),
      { type: "Hostname", address: nodeName },
    ],
    conditions: conditions(ready),
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      machineID: systemId(),
      systemUUID: systemId(),
      bootID: systemId(),
      kernelVersion: release(),
      osImage: `K3s ${knobs.version}`,
      containerRuntimeVersion: "containerd://2.3.4-k3s1.36",
      kubeletVersion: knobs.version,
      kubeProxyVersion: knobs.version,
      operatingSystem: "linux",
      architecture: goArch(),
    },
  };
}

/** The Node object that the kubelet registers, with what k3s adds to it. */
export function nodeObject(
  config: NodeConfig,
  roles: Roles,
  argv: string[],
  env: NodeJS.ProcessEnv,
): KubeObject {
  const { nodeName, nodeIps } = config;
  const role = (name: string): Record<string, string> => ({
    [`node-role.kubernetes.io/${name}`]: "true",
  });
  const args = JSON.stringify(nodeArgs(argv));
  const taints = taintsOf(config);
  const external = config.options.list("node-external-ip");
  return {
    metadata: {
      name: nodeName,
      labels: {
        "kubernetes.io/arch": goArch(),
        "beta.kubernetes.io/arch": goArch(),
        "kubernetes.io/hostname": nodeName,
        "kubernetes.io/os": "linux",
        "beta.kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": "k3s",
        "beta.kubernetes.io/instance-type": "k3s",
        ...parseLabels(config.options.list("node-label")),
        ...(roles.server ? role("control-plane") : {}),
        ...(roles.server && hasMasterRole(config.knobs.version) ? role("master") : {}),
        ...(roles.etcd ? role("etcd") : {}),
      },
      annotations: {
        "alpha.kubernetes.io/provided-node-ip": nodeIps.join(","),
        "k3s.io/hostname": nodeName,
        "k3s.io/internal-ip": nodeIps.join(","),
        ...(external.length ? { "k3s.io/external-ip": external.join(",") } : {}),
        "k3s.io/node-args": args,
        "k3s.io/node-config-hash": `${createHash("sha256").update(args).digest("base64url").toUpperCase().slice(0, 52)}====`,
        "k3s.io/node-env": JSON.stringify(nodeEnv(env)),
        "flannel.alpha.coreos.com/public-ip": nodeIps[0] as string,
        "flannel.alpha.coreos.com/backend-type": "vxlan",
        "flannel.alpha.coreos.com/kube-subnet-manager": "true",
        ...(roles.etcd
          ? {
              "etcd.k3s.cattle.io/node-name": roles.etcd.name,
              "etcd.k3s.cattle.io/node-address": roles.etcd.address,
            }
          : {}),
      },
    },
    spec: { providerID: `k3s://${nodeName}`, ...(taints.length ? { taints } : {}) },
  };
}
