import { DEFAULT_CLUSTER_NAME, DEFAULT_IMAGES } from "../model/index.js";
import { CURRENT_CONFIG_VERSION } from "./versions.js";

/** Where editors look for the schema, beside the config file; `k3d config schema` prints it. */
export const CONFIG_SCHEMA_FILE = "k3d.schema.json";

export interface ConfigTemplate {
  /** Default: `k3s-default`. */
  name?: string;
  servers?: number;
  agents?: number;
  image?: string;
}

/**
 * A config file to start from: the defaults, and every other field as a
 * comment with an example.
 */
export function configTemplate({
  name = DEFAULT_CLUSTER_NAME,
  servers = 1,
  agents = 0,
  image = DEFAULT_IMAGES.node,
}: ConfigTemplate = {}): string {
  return `# yaml-language-server: $schema=${CONFIG_SCHEMA_FILE}
# Let editors check this file: k3d config schema >${CONFIG_SCHEMA_FILE}
# Create the cluster with: k3d cluster create --config FILE
apiVersion: ${CURRENT_CONFIG_VERSION}
kind: Simple
metadata:
  name: ${scalar(name)}
servers: ${servers}
agents: ${agents}
image: ${scalar(image)}
${OPTIONAL_FIELDS}`;
}

/** A text that YAML reads as that text. */
function scalar(text: string): string {
  const plain = /^[A-Za-z]([\w./:@-]*\w)?$/.test(text);
  return plain && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text)
    ? text
    : JSON.stringify(text);
}

/** Prose begins with a capital letter after "# "; every other line is a field without its "#". */
const OPTIONAL_FIELDS = `
# How the Kubernetes API is reached; hostPort may be random.
#kubeAPI:
#  host: k3d.localhost
#  hostIP: 127.0.0.1
#  hostPort: "6550"

# An existing network to join, and the subnet of the cluster's own one.
#network: my-network
#subnet: 172.28.0.0/16

# The secret that nodes join with.
#token: change-me

# Ports published on the host: by the load balancer, or directly on a node.
#ports:
#  - port: 8080:80
#    nodeFilters: [loadbalancer]
#  - port: 127.0.0.1:30080:30080
#    nodeFilters: ["server:0:direct"]

# Mounts: SOURCE:DEST[:MODE].
#volumes:
#  - volume: /tmp:/mnt/host:ro
#    nodeFilters: ["server:*"]

# Environment of the nodes.
#env:
#  - envVar: EXAMPLE=value
#    nodeFilters: [all]

# Files in the nodes; k3s applies what is in k3s-manifests-custom.
#files:
#  - description: A namespace
#    source: |
#      apiVersion: v1
#      kind: Namespace
#      metadata:
#        name: example
#    destination: k3s-manifests-custom/example.yaml
#    nodeFilters: ["server:0"]

# Names that nodes and pods resolve.
#hostAliases:
#  - ip: 10.0.0.5
#    hostnames: [db.local]

# Image registries: one of the cluster's own, existing ones, and a registries.yaml.
#registries:
#  create:
#    name: my-registry
#    host: 127.0.0.1
#    hostPort: "5000"
#  use: []
#  config: |
#    mirrors:
#      docker.io:
#        endpoint: ["https://mirror.gcr.io"]

#options:
#  k3d:
#    wait: true
#    timeout: 5m
#    disableLoadbalancer: false
#    disableImageVolume: false
#    disableRollback: false
#    loadbalancer:
#      configOverrides: ["settings.workerConnections=2048"]
#  k3s:
#    extraArgs:
#      - arg: --disable=traefik
#        nodeFilters: ["server:*"]
#    nodeLabels:
#      - label: example.org/zone=a
#        nodeFilters: ["server:0"]
#  kubeconfig:
#    updateDefaultKubeconfig: true
#    switchCurrentContext: true
#  runtime:
#    serversMemory: 2g
#    agentsMemory: 2g
#    hostPidMode: false
#    labels:
#      - label: team=example
#        nodeFilters: ["server:0"]
#    ulimits:
#      - name: nofile
#        soft: 65536
#        hard: 65536
`;
