import { parseImageReference } from "../../image/reference.js";
import { DEFAULT_CLUSTER_NAME, DEFAULT_IMAGES } from "../../model/index.js";
import { parseDuration, durationOfNanoseconds } from "../durations.js";
import { invalid } from "../invalid.js";
import { checkClusterName } from "../names.js";
import { count, flag, text, textOrNumber } from "../schema/json-schema.js";
import { option, section } from "./option.js";

export const clusterName = text(
  "Cluster name",
  "Name of the cluster: letters, digits, hyphens and dots, at most 32. Containers and the kubeconfig context get it with the prefix k3d-.",
  { examples: ["demo"] },
);

/** What the cluster is. */
export const CLUSTER_OPTIONS = [
  section({
    field: "metadata",
    since: "k3d.io/v1alpha4",
    title: "Metadata",
    description: "What identifies the cluster.",
  }),
  option({
    field: "metadata.name",
    since: "k3d.io/v1alpha4",
    schema: clusterName,
    default: DEFAULT_CLUSTER_NAME,
    check: checkClusterName,
  }),
  option({
    field: "servers",
    schema: count(
      "Servers",
      "Number of nodes that run the control plane. Use one, or at least three.",
      1,
    ),
    default: 1,
    flag: { name: "servers", kind: "count", char: "s", summary: "Number of servers (default: 1)" },
  }),
  option({
    field: "agents",
    schema: count("Agents", "Number of nodes that run workloads only.", 0),
    default: 0,
    flag: { name: "agents", kind: "count", char: "a", summary: "Number of agents (default: 0)" },
  }),
  option({
    field: "image",
    schema: text(
      "Node image",
      "Image of the nodes, or a release channel of k3s: latest, stable, +v1.36.",
      { examples: [DEFAULT_IMAGES.node.replace("docker.io/", ""), "latest", "+v1.36"] },
    ),
    default: DEFAULT_IMAGES.node,
    check: checkImage,
    flag: {
      name: "image",
      kind: "text",
      char: "i",
      metavar: "IMAGE",
      summary: "Image of the nodes",
    },
  }),
  option({
    field: "token",
    schema: text("Token", "Secret that nodes join with. Random by default."),
    example: "change-me",
    check: checkToken,
    flag: {
      name: "token",
      kind: "text",
      metavar: "TOKEN",
      summary: "Token of the cluster (default: random)",
    },
  }),
] as const;

/** How the cluster comes about. */
export const CREATION_OPTIONS = [
  section({
    field: "options",
    title: "Options",
    description: "How the cluster is created.",
  }),
  section({ field: "options.k3d", title: "k3d", description: "Options for k3d." }),
  option({
    field: "options.k3d.wait",
    schema: flag("Wait", "Return only when the cluster is ready."),
    default: true,
    variable: "K3D_WAIT",
    flag: {
      name: "wait",
      kind: "toggle",
      summary: "Wait until the API answers and all nodes are registered (default: true)",
    },
  }),
  option({
    field: "options.k3d.waitFor",
    since: "k3d.io/v1alpha5",
    schema: text<WaitFor>(
      "Wait for",
      "What to wait for: that the nodes are registered, that pods can be made, or that k3s' own workloads run.",
      { enum: ["registered", "usable", "ready"] },
    ),
    default: "usable",
    example: "usable",
    variable: "K3D_WAIT_FOR",
    flag: {
      name: "wait-for",
      kind: "text",
      metavar: "STATE",
      summary: "What to wait for: registered, usable or ready (default: usable)",
    },
  }),
  option({
    field: "options.k3d.timeout",
    schema: textOrNumber(
      "Timeout",
      "Give up when the nodes are not ready by then, counted from their start, as a Go duration; 0 means the default. A number without a unit is in nanoseconds, as config migrate of the Go k3d writes it.",
      { default: "5m", examples: ["60s", "1m30s"] },
    ),
    fromNumber: durationOfNanoseconds,
    check: parseDuration,
    variable: "K3D_TIMEOUT",
    flag: {
      name: "timeout",
      kind: "text",
      metavar: "DURATION",
      summary:
        "Give up when the nodes are not ready by then, counted from their start, e.g. 90s (default: 5m)",
    },
  }),
  option({
    field: "options.k3d.ttl",
    since: "k3d.io/v1alpha5",
    schema: textOrNumber(
      "Time to live",
      "How long the cluster is wanted, as a Go duration, from its creation on; after that k3d prune --expired deletes it.",
      { examples: ["4h", "90m"] },
    ),
    fromNumber: durationOfNanoseconds,
    check: checkTimeToLive,
    variable: "K3D_TTL",
    flag: {
      name: "ttl",
      kind: "text",
      metavar: "DURATION",
      summary: "How long the cluster is wanted, e.g. 4h; after that k3d prune --expired deletes it",
    },
  }),
  option({
    field: "options.k3d.disableRollback",
    schema: flag("No rollback", "Keep what was made when the creation fails."),
    default: false,
    variable: "K3D_NO_ROLLBACK",
    flag: {
      name: "no-rollback",
      kind: "toggle",
      summary: "Keep what was made when the creation fails",
    },
  }),
] as const;

/** How far a cluster has to be. */
export type WaitFor = "registered" | "usable" | "ready";

/** What happens to the default kubeconfig. */
export const KUBECONFIG_OPTIONS = [
  section({
    field: "options.kubeconfig",
    title: "Kubeconfig",
    description: "What happens to the default kubeconfig.",
  }),
  option({
    field: "options.kubeconfig.updateDefaultKubeconfig",
    schema: flag("Update", "Add the cluster to the default kubeconfig."),
    default: true,
    variable: "K3D_KUBECONFIG_UPDATE_DEFAULT",
    flag: {
      name: "kubeconfig-update-default",
      kind: "toggle",
      aliases: ["update-default-kubeconfig"],
      group: "KUBECONFIG",
      summary: "Add the cluster to the default kubeconfig (default: true)",
    },
  }),
  option({
    field: "options.kubeconfig.switchCurrentContext",
    schema: flag("Switch", "Make the cluster the current context."),
    default: true,
    variable: "K3D_KUBECONFIG_SWITCH_CONTEXT",
    flag: {
      name: "kubeconfig-switch-context",
      kind: "toggle",
      aliases: ["switch-context"],
      group: "KUBECONFIG",
      summary: "Make its context the current one (default: true)",
    },
  }),
] as const;

/** An image reference, or a release channel of k3s: `latest`, `stable`, `+v1.31`. */
function checkImage(image: string): void {
  if (/^\+[A-Za-z0-9][A-Za-z0-9.-]*$/.test(image)) return;
  if (image.startsWith("+")) {
    throw invalid(
      "image",
      image,
      "this is not a release channel",
      'A channel is written "+v1.31", "+stable" or "+latest".',
    );
  }
  parseImageReference(image);
}

function checkToken(token: string): void {
  if (/^[^\s\0]+$/.test(token)) return;
  throw invalid(
    "cluster token",
    undefined,
    "it is empty, or has spaces or NUL in it",
    "Choose a token of letters and digits, or leave it out to get a random one.",
  );
}

/** In milliseconds. */
function checkTimeToLive(ttl: string): number {
  const milliseconds = parseDuration(ttl);
  if (milliseconds > 0) return milliseconds;
  throw invalid(
    "time to live",
    ttl,
    "it must be longer than zero",
    'Write a duration such as "4h", or leave it out to keep the cluster until it is deleted.',
  );
}
