import { DEFAULT_IMAGES } from "../../model/index.js";
import {
  type JsonSchema,
  count,
  filtered,
  flag,
  list,
  object,
  text,
  textOrNumber,
} from "./json-schema.js";

export const k3dOptions: Record<string, JsonSchema> = {
  wait: flag("Wait", "Return only when the cluster is ready.", true),
  timeout: textOrNumber(
    "Timeout",
    "Give up when the nodes are not ready by then, counted from their start, as a Go duration; 0 means the default. A number without a unit is in nanoseconds, as config migrate of the Go k3d writes it.",
    { default: "5m", examples: ["60s", "1m30s"] },
  ),
  disableLoadbalancer: flag(
    "No load balancer",
    "Publish the API on the first server instead of a load balancer.",
    false,
  ),
  disableImageVolume: flag(
    "No image volume",
    "Do without the volume that image import uses.",
    false,
  ),
  disableRollback: flag("No rollback", "Keep what was made when the creation fails.", false),
};

export const loadbalancer: JsonSchema = object("Load balancer", "Settings of the load balancer.", {
  configOverrides: list(
    "Overrides",
    "Settings of nginx, as PATH=VALUE.",
    { type: "string" },
    {
      examples: [["settings.workerConnections=2048", "settings.defaultProxyTimeout=900"]],
    },
  ),
});

export const imageVolume: JsonSchema = text(
  "Image volume",
  "Existing volume to use as image volume; it is never deleted.",
);

export const proxy: JsonSchema = object("Proxy", "Proxy environment of the nodes.", {
  enabled: flag(
    "Enabled",
    "Pass the caller's proxy environment to the nodes, with NO_PROXY completed for the cluster.",
    false,
  ),
  http: text("HTTP proxy", "Instead of the caller's HTTP_PROXY.", {
    examples: ["http://proxy:3128"],
  }),
  https: text("HTTPS proxy", "Instead of the caller's HTTPS_PROXY."),
  noProxy: text("No proxy", "Instead of the caller's NO_PROXY; hosts with commas between."),
  caFile: text(
    "CA file",
    "File with the certificate authority of the proxy, relative to the config file.",
  ),
});

export const nodeLabels: JsonSchema = list(
  "Node labels",
  "Labels of the Kubernetes nodes.",
  filtered("label", text("Label", "KEY=VALUE.", { examples: ["example.org/zone=a"] }), "Label"),
);

export const k3sOptions: JsonSchema = object("k3s", "Options for k3s.", {
  extraArgs: list(
    "Extra arguments",
    "Arguments added to the k3s command.",
    filtered(
      "arg",
      text("Argument", "One argument as k3s takes it.", { examples: ["--disable=traefik"] }),
      "Argument",
    ),
  ),
  nodeLabels,
});

export const kubeconfig: JsonSchema = object(
  "Kubeconfig",
  "What happens to the default kubeconfig.",
  {
    updateDefaultKubeconfig: flag("Update", "Add the cluster to the default kubeconfig.", true),
    switchCurrentContext: flag("Switch", "Make the cluster the current context.", true),
  },
);

export const gpuRequest: JsonSchema = text("GPUs", "GPUs of the nodes, as for docker run --gpus.", {
  examples: ["all"],
});

export const memory: Record<string, JsonSchema> = {
  serversMemory: text("Servers' memory", "Memory limit of each server.", { examples: ["2g"] }),
  agentsMemory: text("Agents' memory", "Memory limit of each agent.", { examples: ["1.5g"] }),
};

export const runtimeLabels: JsonSchema = list(
  "Container labels",
  "Labels of the node containers; keys of k3d's own are refused.",
  filtered("label", text("Label", "KEY=VALUE.", { examples: ["team=web"] }), "Label"),
);

export const hostPidMode: JsonSchema = flag(
  "Host PID mode",
  "Share the host's process ids with the nodes.",
  false,
);

export const ulimits: JsonSchema = list(
  "Ulimits",
  "Resource limits of the node containers.",
  object(
    "Ulimit",
    "A resource limit; -1 is unlimited.",
    {
      name: text("Name", "Name of the limit.", { examples: ["nofile"] }),
      soft: count("Soft limit", "Limit that is in force.", -1, { examples: [1024] }),
      hard: count("Hard limit", "Ceiling of the soft limit.", -1, { examples: [2048] }),
    },
    { required: ["name", "soft", "hard"] },
  ),
);

export const runtimeName: JsonSchema = text(
  "Runtime",
  "Container runtime to use, as with --runtime.",
  { examples: ["docker", "podman"] },
);

export const registryCreateBase: Record<string, JsonSchema> = {
  name: text("Name", "Name of the registry container.", { examples: ["my-registry"] }),
  host: text("Host", "Address of this host that the port is bound to.", {
    default: "0.0.0.0",
    examples: ["127.0.0.1"],
  }),
  hostPort: textOrNumber("Host port", "Port on this host, or random.", {
    default: "random",
    examples: ["5000"],
  }),
};

export const registryCreateMore: Record<string, JsonSchema> = {
  image: text("Image", "Image of the registry.", { default: DEFAULT_IMAGES.registry }),
  proxy: object("Pull-through proxy", "Remote registry that this one caches.", {
    remoteURL: text("Remote", "URL of the remote registry.", {
      examples: ["https://registry-1.docker.io"],
    }),
    username: text("User name", "User name at the remote registry."),
    password: text("Password", "Password at the remote registry."),
  }),
  volumes: list(
    "Volumes",
    "What is mounted into the registry, as [SOURCE:]DEST[:MODE].",
    { type: "string" },
    {
      examples: [["/tmp/registry:/var/lib/registry"]],
    },
  ),
};

export const enforcePortMatch: JsonSchema = flag(
  "Enforce port match",
  "Let the registry listen on the same port inside and outside, so that image names are the same everywhere.",
  false,
);

export const registryUse: JsonSchema = list(
  "Use",
  "Existing registries to connect, as NAME[:PORT].",
  { type: "string" },
  {
    examples: [["k3d-my-registry:5000"]],
  },
);

export const registryConfig: JsonSchema = text(
  "Registry configuration",
  "A registries.yaml of k3s, as a block of lines or a path relative to the config file, else to the working directory.",
);
