import type { CreateFlags } from "@k3d/core";
import { count, list, repeated } from "@k3d/plugin-kit";
import * as Flags from "@oclif/core/flags";

const NODES = "NODES";
const NETWORK = "NETWORK AND PORTS";
const STORAGE = "STORAGE AND IMAGES";
const REGISTRIES = "REGISTRIES";
const KUBECONFIG = "KUBECONFIG";

/** A boolean that a config file may set too, so that `--flag=false` counts; without default. */
const toggle = (summary: string, helpGroup?: string, aliases: string[] = []) =>
  Flags.boolean({
    summary,
    allowNo: true,
    aliases,
    ...(helpGroup === undefined ? {} : { helpGroup }),
  });

/** As {@link toggle}, for flags whose name says "no" already. */
const off = (name: string, summary: string, helpGroup?: string) =>
  Flags.boolean({
    summary,
    allowNo: true,
    helpLabel: `    --${name}`,
    ...(helpGroup === undefined ? {} : { helpGroup }),
  });

/** The config file of commands that take one. */
export const configFileFlag = Flags.string({
  char: "c",
  summary: "Config file; - is the standard input. Flags and environment win over it",
  helpValue: "FILE",
});

/**
 * The flags of `cluster create` that stand for fields of the config file. None has a default here:
 * one that is not given leaves the field to environment and file.
 */
export const configFlags = {
  servers: count({ char: "s", summary: "Number of servers (default: 1)" }),
  agents: count({ char: "a", summary: "Number of agents (default: 0)" }),
  image: Flags.string({ char: "i", summary: "Image of the nodes", helpValue: "IMAGE" }),
  token: Flags.string({ summary: "Token of the cluster (default: random)", helpValue: "TOKEN" }),
  wait: toggle("Wait until the API answers and all nodes are registered (default: true)"),
  timeout: Flags.string({
    summary:
      "Give up when the nodes are not ready by then, counted from their start, e.g. 90s (default: 5m)",
    helpValue: "DURATION",
  }),
  "no-rollback": off("no-rollback", "Keep what was made when the creation fails"),

  env: repeated({
    char: "e",
    summary: "Environment variable of nodes; without a value the caller's is taken",
    helpValue: "NAME[=VALUE][@FILTER]",
    helpGroup: NODES,
  }),
  "k3s-arg": repeated({
    summary: "Argument for k3s, e.g. --disable=traefik@server:*",
    helpValue: "ARG[@FILTER]",
    helpGroup: NODES,
  }),
  "k3s-node-label": repeated({
    summary: "Label of Kubernetes nodes",
    helpValue: "KEY[=VALUE][@FILTER]",
    helpGroup: NODES,
  }),
  "runtime-label": repeated({
    summary: "Label of containers",
    helpValue: "KEY[=VALUE][@FILTER]",
    helpGroup: NODES,
  }),
  "runtime-ulimit": repeated({
    summary: "Resource limit of containers, e.g. nofile=1024:2048",
    helpValue: "NAME=SOFT[:HARD]",
    helpGroup: NODES,
  }),
  "servers-memory": Flags.string({
    summary: "Memory limit of each server, e.g. 1.5g",
    helpValue: "SIZE",
    helpGroup: NODES,
  }),
  "agents-memory": Flags.string({
    summary: "Memory limit of each agent, e.g. 512m",
    helpValue: "SIZE",
    helpGroup: NODES,
  }),
  gpus: Flags.string({
    summary: "GPUs for the nodes: all, a number, or device=…",
    helpValue: "GPUS",
    helpGroup: NODES,
  }),
  "host-pid-mode": toggle("Let nodes share the host's process ids", NODES),

  "api-port": Flags.string({
    summary: "Where the Kubernetes API is published (default: 0.0.0.0:random)",
    helpValue: "[HOST:]HOSTPORT",
    helpGroup: NETWORK,
  }),
  port: repeated({
    char: "p",
    summary:
      "Publish [HOST:][HOSTPORT:]CONTAINERPORT[/PROTOCOL] of nodes, by way of the load balancer unless @…:direct",
    helpValue: "MAPPING[@FILTER]",
    helpGroup: NETWORK,
  }),
  "no-lb": off("no-lb", "No load balancer; the API is published on the first server", NETWORK),
  "lb-config-override": list({
    summary: "Setting of the load balancer, e.g. settings.workerConnections=2048",
    helpValue: "PATH=VALUE",
    helpGroup: NETWORK,
  }),
  network: Flags.string({
    summary: "Join this network instead of a new one; host shares the host's",
    helpValue: "NAME",
    helpGroup: NETWORK,
  }),
  subnet: Flags.string({
    summary: "Subnet of the new network, e.g. 172.28.0.0/16, or auto",
    helpValue: "CIDR",
    helpGroup: NETWORK,
  }),
  "host-alias": repeated({
    summary: "Line in the nodes' hosts file, visible to pods too",
    helpValue: "IP:HOST[,HOST…]",
    helpGroup: NETWORK,
  }),
  proxy: toggle("Pass the proxy settings of this environment to the nodes", NETWORK),
  "proxy-ca": Flags.string({
    summary: "Certificate authority of the proxy",
    helpValue: "FILE",
    helpGroup: NETWORK,
  }),

  volume: repeated({
    char: "v",
    summary: "Mount a directory or a volume into nodes",
    helpValue: "[SOURCE:]DEST[:MODE][@FILTER]",
    helpGroup: STORAGE,
  }),
  "image-volume": Flags.string({
    summary: "Use this existing volume for imported images",
    helpValue: "NAME",
    helpGroup: STORAGE,
  }),
  "no-image-volume": off("no-image-volume", "No volume for imported images", STORAGE),

  "registry-create": Flags.string({
    summary: "Create a registry and connect it to the cluster",
    helpValue: "NAME[:HOST][:HOSTPORT]",
    helpGroup: REGISTRIES,
  }),
  "registry-use": list({
    summary: "Connect existing registries to the cluster",
    helpValue: "NAME[:PORT]",
    helpGroup: REGISTRIES,
  }),
  "registry-config": Flags.string({
    summary: "A registries.yaml of your own, merged over k3d's",
    helpValue: "FILE",
    helpGroup: REGISTRIES,
  }),
  "enforce-registry-port-match": toggle(
    "Let the new registry listen on the same port inside and outside",
    REGISTRIES,
  ),

  "kubeconfig-update-default": toggle(
    "Add the cluster to the default kubeconfig (default: true)",
    KUBECONFIG,
    ["update-default-kubeconfig"],
  ),
  "kubeconfig-switch-context": toggle(
    "Make its context the current one (default: true)",
    KUBECONFIG,
    ["switch-context"],
  ),
};

type CamelCase<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

type FlagName = keyof typeof configFlags;

/** No flag at all when one has no counterpart of its name in {@link CreateFlags}, which does not compile. */
type KnownToCore = [Exclude<CamelCase<FlagName>, keyof CreateFlags>] extends [never]
  ? FlagName
  : never;

const names: readonly KnownToCore[] = Object.keys(configFlags) as FlagName[];

/** The parsed flags in the words of core: `k3s-arg` is `k3sArg`. */
export function createFlags(values: Readonly<Record<string, unknown>>): CreateFlags {
  return Object.fromEntries(
    names
      .filter((name) => values[name] !== undefined)
      .map((name) => [camelCase(name), values[name]]),
  );
}

function camelCase(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}
