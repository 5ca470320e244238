import { DEFAULT_CLUSTER_NAME, DEFAULT_IMAGES } from "../../model/index.js";
import { DESTINATION_SHORTCUTS } from "../volumes.js";
import {
  type JsonSchema,
  count,
  filtered,
  list,
  object,
  text,
  textOrNumber,
} from "./json-schema.js";

export const nodeFilters: JsonSchema = list(
  "Node filters",
  "The nodes that the entry is for: GROUP[:SUBSET][:SUFFIX], or the name of a node.",
  { type: "string" },
  { examples: [["server:0"], ["agent:*"], ["loadbalancer"], ["all"], ["server:0:direct"]] },
);

export const clusterName: JsonSchema = text(
  "Cluster name",
  "Name of the cluster: letters, digits and hyphens, at most 32. Containers and the kubeconfig context get it with the prefix k3d-.",
  { default: DEFAULT_CLUSTER_NAME, examples: ["demo"] },
);

/** Fields on the top level that all versions share. */
export const baseFields: Record<string, JsonSchema> = {
  servers: count(
    "Servers",
    "Number of nodes that run the control plane. Use one, or three and more.",
    1,
    { default: 1 },
  ),
  agents: count("Agents", "Number of nodes that run workloads only.", 0, { default: 0 }),
  kubeAPI: object("Kubernetes API", "How the Kubernetes API is reached from outside.", {
    host: text(
      "Host",
      "Host name or address that clients use; it becomes a name in the API's certificate.",
      {
        examples: ["k3d.example.org"],
      },
    ),
    hostIP: text("Host address", "Address of this host that the port is bound to.", {
      default: "0.0.0.0",
      examples: ["127.0.0.1"],
    }),
    hostPort: textOrNumber("Host port", "Port on this host, or random.", {
      default: "random",
      examples: ["6550"],
    }),
  }),
  image: text(
    "Node image",
    "Image of the nodes, or a release channel of k3s: latest, stable, +v1.33.",
    {
      default: DEFAULT_IMAGES.node,
      examples: ["rancher/k3s:v1.33.6-k3s1", "latest", "+v1.33"],
    },
  ),
  network: text(
    "Network",
    "Existing network that the nodes join instead of one of their own; host is the host's own.",
    {
      examples: ["my-network", "host"],
    },
  ),
  token: text("Token", "Secret that nodes join with. Random by default."),
  volumes: list(
    "Volumes",
    "What is mounted into the nodes; into all of them without a node filter.",
    filtered(
      "volume",
      text(
        "Volume",
        `[SOURCE:]DEST[:MODE]. DEST is an absolute path or one of: ${Object.keys(DESTINATION_SHORTCUTS).join(", ")}.`,
        {
          examples: ["/data:/mnt/data:ro", "my-volume:k3s-storage"],
        },
      ),
      "Volume",
    ),
  ),
  ports: list(
    "Ports",
    "Ports published on this host, on the load balancer unless the filter ends in :direct.",
    filtered(
      "port",
      textOrNumber(
        "Port",
        "[HOST:][HOSTPORT:]CONTAINERPORT[/PROTOCOL]; both ports may be ranges of equal length.",
        {
          examples: ["8080:80", "127.0.0.1:8443:443", "53:53/udp"],
        },
      ),
      "Port",
    ),
  ),
  env: list(
    "Environment",
    "Environment variables of the nodes.",
    filtered(
      "envVar",
      text("Variable", "NAME=value, or NAME alone to pass on the caller's.", {
        examples: ["HTTP_PROXY=http://proxy:3128"],
      }),
      "Variable",
    ),
  ),
};

export const subnet: JsonSchema = text(
  "Subnet",
  "IPv4 subnet of the cluster's own network, or auto.",
  {
    examples: ["172.28.0.0/16", "auto"],
  },
);

export const hostAliases: JsonSchema = list(
  "Host aliases",
  "Host names that nodes and pods resolve to an address.",
  object(
    "Host alias",
    "An address and its names.",
    {
      ip: text("Address", "IP address.", { examples: ["10.0.0.5"] }),
      hostnames: list("Host names", "Names of the address.", { type: "string" }),
    },
    { required: ["ip", "hostnames"] },
  ),
);

export const files: JsonSchema = list(
  "Files",
  "Files written into the nodes before they first start; into all servers and agents without a node filter.",
  object(
    "File",
    "A file and the nodes it is for.",
    {
      description: text("Description", "What the file is for."),
      source: text(
        "Source",
        "The content, as a block of lines, or a path relative to the config file.",
      ),
      destination: text(
        "Destination",
        "Absolute path in the node, or one starting with a shortcut as in volumes.",
        {
          examples: ["k3s-manifests-custom/app.yaml"],
        },
      ),
      nodeFilters: { $ref: "#/definitions/nodeFilters" },
    },
    { required: ["source", "destination"] },
  ),
);
