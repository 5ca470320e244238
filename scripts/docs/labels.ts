import { LABELS } from "../../packages/core/src/model/labels.js";
import { code, GENERATED, paragraphs, table } from "./markdown.ts";

type Row = readonly [on: string, meaning: string, own?: "ours"];

/** Where each label is set and what its value means. */
const MEANINGS: Readonly<Record<keyof typeof LABELS, Row>> = {
  app: ["all objects", "`k3d` on everything that k3d makes"],
  version: ["all objects", "version of k3d that made the object"],
  role: ["containers", "`server`, `agent`, `loadbalancer`, `registry` or `noRole`"],
  cluster: ["all objects of a cluster", "name of the cluster"],
  clusterUrl: ["nodes", "URL at which nodes reach the first server"],
  clusterToken: ["nodes", "token that nodes join with"],
  clusterExternal: ["nodes", "`true` on a node that joined a cluster which is not k3d's"],
  network: ["nodes", "name of the cluster's network"],
  networkId: ["nodes", "the engine's id of that network"],
  networkIpRange: ["nodes", "subnet of that network"],
  networkIpv6Range: ["nodes of a dual-stack cluster", "IPv6 subnet of that network", "ours"],
  networkExternal: ["nodes", "`true` where the network existed before; it is then never removed"],
  imageVolume: ["nodes", "name of the volume for imported images"],
  imageVolumeExternal: [
    "nodes",
    "`true` where that volume existed before; it is then never removed",
    "ours",
  ],
  hostAliases: ["nodes", "host aliases, as JSON"],
  serverInit: [
    "servers",
    "`true` on the server that initialised the cluster, `false` on the others",
  ],
  apiHost: ["servers", "host name under which clients reach the API"],
  apiHostIp: ["servers", "address of the host that the API is published on"],
  apiClientHost: [
    "servers",
    "the address of every interface where the user named it as the API's: kubeconfigs name it so",
    "ours",
  ],
  apiPort: ["servers", "host port that the API is published on"],
  serverLoadBalancer: ["servers", "name of the load balancer"],
  registryHost: ["registries", "host name of the registry"],
  registryHostIp: ["registries", "address of the host that the registry is published on"],
  registryPortExternal: ["registries", "host port of the registry"],
  registryPortInternal: ["registries", "port of the registry inside the network"],
  registryProxies: ["registries", "host whose images the registry caches", "ours"],
  registryTls: ["registries", "`true` on a registry that speaks TLS", "ours"],
  registryAuth: [
    "registries",
    "`true` on a registry that asks for a user name and a password",
    "ours",
  ],
  registryGroup: ["registries", "name of the set of caches that one command made", "ours"],
  staticIp: ["nodes", "fixed address of the node"],
  staticIpv6: ["nodes of a dual-stack cluster", "fixed IPv6 address of the node", "ours"],
  machine: ["nodes of a cluster over several machines", "name of the machine it is on", "ours"],
  placement: [
    "servers and the load balancer of such a cluster, and nodes added later",
    "which nodes were made on which machine",
    "ours",
  ],
  clusterId: [
    "all objects of a cluster",
    "random id of this creation, and the process that made it; undo removes only what carries it",
    "ours",
  ],
  expires: ["all containers", "when the cluster's time to live is over", "ours"],
  operation: ["all objects", "the operation that made it; undo removes only its own", "ours"],
  files: ["nodes", "files that k3d placed, each with the start of its hash", "ours"],
  keptVolumes: [
    "nodes",
    "volumes taken over from the container that it replaced; they go with it",
    "ours",
  ],
  hooks: [
    "server",
    "the hooks of the config file for moments after the creation, as JSON; of those for the host only when they are",
    "ours",
  ],
  external: [
    "volume, network",
    "`true` on what `volume create` or `network create` made; it outlives clusters",
    "ours",
  ],
};

/** The page of labels. */
export function labelsPage(): string {
  const keys = Object.keys(LABELS) as (keyof typeof LABELS)[];
  return paragraphs(
    GENERATED,
    "# Labels",
    "Labels on containers, networks and volumes are all the state that k3d has. They are those of the Go k3d v5, so " +
      "that either tool lists, stops, starts and deletes the clusters of the other. Labels that the Go k3d does not " +
      "know are marked; it leaves them alone.",
    table(
      ["Label", "On", "Meaning", "Only here"],
      keys.map((key) => {
        const [on, meaning, own] = MEANINGS[key];
        return [code(LABELS[key]), on, meaning, own === "ours" ? "yes" : ""];
      }),
    ),
    "`--runtime-label` sets labels of your own; it refuses keys that begin with `k3d.` or `k3s.registry.`, and `app`.",
  );
}
