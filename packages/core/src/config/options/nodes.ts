import { parseEnvVar } from "../env-var.js";
import { checkGpuRequest } from "../gpus.js";
import { invalid } from "../invalid.js";
import { checkK3sArg } from "../k3s-args.js";
import { parseNodeLabel, parseRuntimeLabel } from "../labels.js";
import { count, filtered, flag, list, object, text } from "../schema/json-schema.js";
import { MIN_MEMORY_BYTES, parseMemorySize } from "../sizes.js";
import { type Ulimit, checkUlimit, parseUlimit } from "../ulimits.js";
import { option, section } from "./option.js";
import { nameOf } from "./values.js";

const GROUP = "NODES";

/** What the nodes are made of. */
export const NODE_OPTIONS = [
  option({
    field: "env",
    schema: list(
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
    default: [],
    check: (entry: string) => parseEnvVar(entry),
    filtered: {
      key: "envVar",
      describe: (entry) => `Environment variable ${nameOf(entry)}`,
      unfiltered: "one",
    },
    flag: {
      name: "env",
      kind: "repeated",
      char: "e",
      group: GROUP,
      metavar: "NAME[=VALUE][@FILTER]",
      summary: "Environment variable of nodes; without a value the caller's is taken",
    },
  }),
  section({ field: "options.k3s", title: "k3s", description: "Options for k3s." }),
  option({
    field: "options.k3s.extraArgs",
    since: "k3d.io/v1alpha3",
    schema: list(
      "Extra arguments",
      "Arguments added to the k3s command.",
      filtered(
        "arg",
        text("Argument", "One argument as k3s takes it.", { examples: ["--disable=traefik"] }),
        "Argument",
      ),
    ),
    default: [],
    check: checkK3sArg,
    filtered: {
      key: "arg",
      describe: (arg) => `k3s argument ${nameOf(arg)}`,
      unfiltered: "one",
      emptyIsNone: true,
      onlyK3s: true,
    },
    flag: {
      name: "k3s-arg",
      kind: "repeated",
      group: GROUP,
      metavar: "ARG[@FILTER]",
      summary: "Argument for k3s, e.g. --disable=traefik@server:*",
    },
  }),
  option({
    field: "options.k3s.nodeLabels",
    since: "k3d.io/v1alpha3",
    schema: list(
      "Node labels",
      "Labels of the Kubernetes nodes.",
      filtered("label", text("Label", "KEY=VALUE.", { examples: ["example.org/zone=a"] }), "Label"),
    ),
    default: [],
    check: parseNodeLabel,
    filtered: {
      key: "label",
      describe: (label) => `Node label ${label}`,
      unfiltered: "one",
      onlyK3s: true,
    },
    flag: {
      name: "k3s-node-label",
      kind: "repeated",
      group: GROUP,
      metavar: "KEY[=VALUE][@FILTER]",
      summary: "Label of Kubernetes nodes",
    },
  }),
  section({
    field: "options.runtime",
    title: "Runtime",
    description: "Options for the container runtime.",
    open: true,
  }),
  option({
    field: "options.runtime.name",
    since: "k3d.io/v1alpha5",
    schema: text("Runtime", "Container runtime to use, as with --runtime.", {
      examples: ["docker", "podman"],
    }),
  }),
  option({
    field: "options.runtime.gpuRequest",
    schema: text("GPUs", "GPUs of the nodes, as for docker run --gpus.", { examples: ["all"] }),
    check: checkGpuRequest,
    variable: "K3D_GPUS",
    flag: {
      name: "gpus",
      kind: "text",
      group: GROUP,
      metavar: "GPUS",
      summary: "GPUs for the nodes: all, a number, or device=…",
    },
  }),
  option({
    field: "options.runtime.serversMemory",
    schema: text("Servers' memory", "Memory limit of each server.", { examples: ["2g"] }),
    check: checkMemory,
    variable: "K3D_SERVERS_MEMORY",
    flag: {
      name: "servers-memory",
      kind: "text",
      group: GROUP,
      metavar: "SIZE",
      summary: "Memory limit of each server, e.g. 1.5g",
    },
  }),
  option({
    field: "options.runtime.agentsMemory",
    schema: text("Agents' memory", "Memory limit of each agent.", { examples: ["1.5g"] }),
    check: checkMemory,
    variable: "K3D_AGENTS_MEMORY",
    flag: {
      name: "agents-memory",
      kind: "text",
      group: GROUP,
      metavar: "SIZE",
      summary: "Memory limit of each agent, e.g. 512m",
    },
  }),
  option({
    field: "options.runtime.hostPidMode",
    since: "k3d.io/v1alpha4",
    schema: flag("Host PID mode", "Share the host's process ids with the nodes."),
    default: false,
    variable: "K3D_HOST_PID_MODE",
    flag: {
      name: "host-pid-mode",
      kind: "toggle",
      group: GROUP,
      summary: "Let nodes share the host's process ids",
    },
  }),
  option({
    field: "options.runtime.labels",
    since: "k3d.io/v1alpha3",
    schema: list(
      "Container labels",
      "Labels of the node containers; keys that k3d uses itself are refused.",
      filtered("label", text("Label", "KEY=VALUE.", { examples: ["team=web"] }), "Label"),
    ),
    default: [],
    check: parseRuntimeLabel,
    filtered: {
      key: "label",
      describe: (label) => `Runtime label ${label}`,
      unfiltered: "one",
      emptyIsNone: true,
    },
    flag: {
      name: "runtime-label",
      kind: "repeated",
      group: GROUP,
      metavar: "KEY[=VALUE][@FILTER]",
      summary: "Label of containers",
    },
  }),
  option({
    field: "options.runtime.ulimits",
    since: "k3d.io/v1alpha5",
    schema: list<Ulimit>(
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
    ),
    default: [],
    example: [{ name: "nofile", soft: 65_536, hard: 65_536 }],
    read: parseUlimit,
    check: checkUlimit,
    flag: {
      name: "runtime-ulimit",
      kind: "repeated",
      group: GROUP,
      metavar: "NAME=SOFT[:HARD]",
      summary: "Resource limit of containers, e.g. nofile=1024:2048",
    },
  }),
] as const;

/** In bytes. */
function checkMemory(size: string): number {
  const bytes = parseMemorySize(size);
  if (bytes >= MIN_MEMORY_BYTES) return bytes;
  throw invalid(
    "memory limit",
    size,
    "engines need at least 6m",
    'k3s itself needs about "512m" on a server.',
  );
}
