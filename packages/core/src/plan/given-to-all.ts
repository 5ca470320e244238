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

/** Where a node has what no other may write: https://docs.k3s.io/datastore/backup-restore and the kubelet's root. */
const STATE_OF_ONE_NODE = new Set([
  "/etc/rancher",
  "/etc/rancher/node",
  "/var/lib/kubelet",
  "/var/lib/rancher",
  "/var/lib/rancher/k3s",
  "/var/lib/rancher/k3s/agent",
  "/var/lib/rancher/k3s/agent/containerd",
  "/var/lib/rancher/k3s/server",
  "/var/lib/rancher/k3s/server/db",
]);

/**
 * By what its present nodes have in common. Of a role without any, what all nodes of the cluster were given that is not of one
 * role: no arguments, and no limit of memory.
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
    env: all((node) => (node.imageEnv === undefined ? [] : userEnv(node))),
    mounts: all(userMounts).filter(({ destination }) => !STATE_OF_ONE_NODE.has(destination)),
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
