import { loadBalancerCommand } from "../loadbalancer/command.js";
import { IMAGE_VOLUME_PATH, KUBECONFIG_PATH } from "../model/defaults.js";
import type { ClusterContext, NodeDefinition } from "./node-definition.js";
import type { ContainerSpec, MountSpec } from "../runtime/container-spec.js";
import { k3sCommand, k3sEnv } from "./k3s-command.js";
import { hostEntries } from "./host-names.js";
import { nodeLabels } from "./node-labels.js";

/**
 * The one translation from a k3d node to a container. No adapter and no
 * operation builds a node's container in any other way.
 */
export function nodeToSpec(node: NodeDefinition, cluster: ClusterContext): ContainerSpec {
  if (node.role === "server" || node.role === "agent") return k3sSpec(node, cluster);
  const spec = helperSpec(node, cluster);
  if (node.role !== "loadbalancer") return spec;
  return {
    ...spec,
    process: { ...spec.process, args: loadBalancerCommand() },
  };
}

/**
 * k3s ends its datastore and its pods' shims first, which takes long on a slow machine; killed before,
 * it leaves tasks that an engine cannot start again. An engine that stops waits as long as well.
 */
const K3S_STOP_SECONDS = 30;

function k3sSpec(node: NodeDefinition, cluster: ClusterContext): ContainerSpec {
  const base = helperSpec(node, cluster);
  const hosts = hostEntries(cluster);
  const tmpfs: MountSpec[] = ["/run", "/var/run"].map((destination) => ({
    destination,
    type: "tmpfs",
  }));
  return {
    ...base,
    process: {
      ...base.process,
      args: k3sCommand(node, cluster),
      env: [...node.env, ...k3sEnv(node, cluster, KUBECONFIG_PATH)],
    },
    mounts: [...tmpfs, ...base.mounts],
    // The kubelet mounts, sets sysctls and manages cgroups: it needs all of the host's powers.
    privileged: true,
    linux: { ...base.linux, hostNamespaces: node.hostPid ? ["user", "pid"] : ["user"] },
    securityLabel: false,
    stopTimeout: K3S_STOP_SECONDS,
    ...(hosts.length > 0 ? { extraHosts: hosts } : {}),
    gpus: node.gpus,
  };
}

/** What every container of a cluster has in common: load balancer and registry are no more than this. */
function helperSpec(node: NodeDefinition, cluster: ClusterContext): ContainerSpec {
  const mounts: MountSpec[] = [...node.mounts];
  if (cluster.imageVolume !== undefined && node.role !== "registry") {
    mounts.push({
      type: "volume",
      source: cluster.imageVolume.name,
      destination: IMAGE_VOLUME_PATH,
    });
  }
  return {
    name: node.name,
    image: node.image,
    hostname: node.name,
    process: {
      env: [...node.env],
      ...(node.rlimits.length > 0 ? { rlimits: node.rlimits } : {}),
    },
    mounts,
    labels: nodeLabels(node, cluster),
    linux:
      node.memoryLimit === undefined ? {} : { resources: { memory: { limit: node.memoryLimit } } },
    // On the host's process ids the host's own init reaps.
    init: !node.hostPid,
    networks: cluster.network.host
      ? []
      : [
          {
            name: cluster.network.name,
            ipv4Address: node.address,
            ipv6Address: node.ipv6Address,
          },
        ],
    ...(cluster.network.host ? { hostNetwork: true } : {}),
    ports: cluster.network.host ? [] : node.ports,
    restartPolicy: { name: "unless-stopped" },
  };
}
