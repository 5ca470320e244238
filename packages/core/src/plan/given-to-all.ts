import type { MountSpec, Rlimit } from "../runtime/container-spec.js";
import { userArgs, userEnv, userMounts } from "./given-by-user.js";
import type { ObservedCluster, ObservedNode } from "./observed.js";

/** What a user gave to all nodes of a role, so that a further one shall have it too. */
export interface GivenToAll {
  k3sArgs: string[];
  k3sNodeLabels: string[];
  /** `NAME=value`. */
  env: string[];
  mounts: MountSpec[];
  /** Bytes. */
  memoryLimit?: number;
  rlimits: Rlimit[];
  gpus?: string;
  hostPid: boolean;
}

/** Arguments that make out one node, or what it does once. */
const OF_ONE_NODE =
  /^(?:-s|--(?:server|node-name|node-ip|node-external-ip|bind-address|advertise-address|cluster-reset[a-z-]*))(?:=|$)/;

/** Where a node has what no other may write, and where below that several may read the same. */
const STATE_OF_ONE_NODE = [
  "/etc/rancher/node",
  "/var/lib/cni",
  "/var/lib/kubelet",
  "/var/lib/rancher",
];
const SHARED_BELOW = [
  "/var/lib/rancher/k3s/agent/etc/containerd",
  "/var/lib/rancher/k3s/agent/images",
  "/var/lib/rancher/k3s/server/manifests",
  "/var/lib/rancher/k3s/server/static",
  "/var/lib/rancher/k3s/storage",
];
const OF_SERVERS = ["/var/lib/rancher/k3s/server", "/etc/rancher/k3s/k3s.yaml"];

const isBelow = (path: string, roots: readonly string[]): boolean =>
  roots.some((root) => path === root || path.startsWith(`${root}/`));

function isState(destination: string): boolean {
  if (isBelow(destination, SHARED_BELOW)) return false;
  const holds = STATE_OF_ONE_NODE.some((root) => isBelow(root, [destination]));
  return holds || isBelow(destination, STATE_OF_ONE_NODE);
}

/**
 * By what its present nodes have in common. Of a role without any, what all servers were given that is not about servers:
 * no arguments, variables of k3s or limit of memory, and nothing where servers alone look.
 */
export function givenToAll({ nodes }: ObservedCluster, role: "server" | "agent"): GivenToAll {
  const alike = nodes.filter((node) => node.role === role);
  const hasRole = alike.length > 0;
  const models = hasRole ? alike : nodes.filter((node) => node.role === "server");
  const all = <T>(of: (node: ObservedNode) => readonly T[] | undefined): T[] =>
    inAll(models.map((node) => of(node) ?? []));
  const ofRole = <T>(of: (node: ObservedNode) => readonly T[] | undefined): T[] =>
    hasRole ? all(of) : [];
  const [memoryLimit] = ofRole((node) => {
    const limit = node.info.spec.linux.resources?.memory?.limit ?? 0;
    return limit > 0 ? [limit] : [];
  });
  const [gpus] = all(({ info }) => (info.spec.gpus === undefined ? [] : [info.spec.gpus]));
  return {
    k3sArgs: ofRole((node) => userArgs(node).k3sArgs).filter((arg) => !OF_ONE_NODE.test(arg)),
    k3sNodeLabels: ofRole((node) => userArgs(node).nodeLabels),
    // Without the image nobody knows which of them are its own.
    env: all((node) => (node.imageEnv === undefined ? [] : userEnv(node))).filter(
      (entry) => hasRole || !entry.startsWith("K3S_"),
    ),
    mounts: all(userMounts).filter(
      ({ destination }) => !isState(destination) && (hasRole || !isBelow(destination, OF_SERVERS)),
    ),
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
    rlimits: all(({ info }) => info.spec.process.rlimits),
    ...(gpus === undefined ? {} : { gpus }),
    hostPid: all(({ info }) => info.spec.linux.hostNamespaces).includes("pid"),
  };
}

/** What is in each of the lists, in the order of the first. */
function inAll<T>([first = [], ...others]: readonly (readonly T[])[]): T[] {
  const texts = others.map((list) => new Set(list.map((one) => JSON.stringify(one))));
  return first.filter((one) => texts.every((list) => list.has(JSON.stringify(one))));
}
