import { formatPortBinding, parsePortSpec } from "../config/ports.js";
import type { SimpleConfig } from "../config/simple-config.js";
import { API_PORT } from "../model/defaults.js";
import { LABELS, RESERVED_LABEL_PREFIXES } from "../model/labels.js";
import { imageVolumeName } from "../model/names.js";
import { runsK3s } from "../model/roles.js";
import type { PortBinding } from "../runtime/container-spec.js";
import { readKeptHooks } from "./kept-hooks.js";
import { type UserArgs, userArgs, userEnv, userMounts } from "./given-by-user.js";
import type { ObservedCluster, ObservedNode } from "./observed.js";

/** What a config of a cluster needs besides what was observed of it. */
export interface ConfigSources {
  /** Labels of the nodes' images, which are none of the user's. */
  imageLabels: Readonly<Record<string, string>>;
  /** The first server's `registries.yaml`; absent where it has none. */
  registriesYaml: string | undefined;
  /** What its servers keep of hooks, as the label has it. */
  hooks: string | undefined;
}

/**
 * A config file that makes a cluster like this one, of either tool and however it came to be as it is.
 * What is the same on all servers or all agents is said of all of them, so that more of them get it too.
 */
export function configOf(observed: ObservedCluster, sources: ConfigSources): SimpleConfig {
  const { name, view, nodes } = observed;
  const k3s = nodes.filter(runsK3s);
  const servers = byIndex(k3s.filter(({ role }) => role === "server"));
  const agents = byIndex(k3s.filter(({ role }) => role === "agent"));
  const labels = servers[0]?.labels ?? {};
  const args = k3s.map((node) => [node, userArgs(node)] as const);
  const argsOf = (pick: (args: UserArgs) => string[]): Filtered[] =>
    filtered(servers, agents, (node) => {
      const own = args.find(([candidate]) => candidate === node)?.[1];
      return own === undefined ? [] : pick(own);
    });
  const list = (of: (node: ObservedNode) => string[]): Filtered[] => filtered(servers, agents, of);
  const imageVolume = labels[LABELS.imageVolume];
  const isExternal = labels[LABELS.imageVolumeExternal] === "true";
  const memory = (node: ObservedNode | undefined): string | undefined => {
    const limit = node?.info.spec.linux.resources?.memory?.limit;
    return limit === undefined || limit <= 0 ? undefined : String(limit);
  };
  const { rlimits = [] } = servers[0]?.info.spec.process ?? {};
  return {
    apiVersion: "k3d.io/v1alpha5",
    kind: "Simple",
    metadata: { name },
    servers: servers.length,
    agents: agents.length,
    image: servers[0]?.info.spec.image,
    token: view.token,
    kubeAPI: kubeApi(observed, labels),
    network: view.network.external ? view.network.name : undefined,
    ipFamily: labels[LABELS.networkIpv6Range] === undefined ? undefined : "dual",
    hostAliases: hostAliases(labels[LABELS.hostAliases]),
    ports: publishedPorts(observed, servers, agents),
    volumes: list(volumesOf).map(({ text, nodeFilters }) => ({ volume: text, nodeFilters })),
    env: list(userEnv).map(({ text, nodeFilters }) => ({ envVar: text, nodeFilters })),
    hooks: readKeptHooks(sources.hooks).hooks.map(({ when, command, nodeFilters, timeout }) => ({
      when,
      command,
      nodeFilters,
      ...(timeout === undefined ? {} : { timeout }),
    })),
    registries:
      sources.registriesYaml === undefined ? undefined : { config: sources.registriesYaml },
    options: {
      k3d: {
        disableLoadbalancer: !view.hasLoadBalancer,
        disableImageVolume: imageVolume === undefined,
        imageVolume: isExternal && imageVolume !== imageVolumeName(name) ? imageVolume : undefined,
      },
      k3s: {
        extraArgs: argsOf(({ k3sArgs }) => k3sArgs).map(({ text, nodeFilters }) => ({
          arg: text,
          nodeFilters,
        })),
        nodeLabels: argsOf(({ nodeLabels }) => nodeLabels).map(({ text, nodeFilters }) => ({
          label: text,
          nodeFilters,
        })),
      },
      runtime: {
        serversMemory: memory(servers[0]),
        agentsMemory: memory(agents[0]),
        gpuRequest: servers[0]?.info.spec.gpus,
        ulimits: rlimits.map(({ type, soft, hard }) => ({
          name: type.replace(/^RLIMIT_/, "").toLowerCase(),
          soft,
          hard,
        })),
        labels: list((node) => labelsOf(node, sources.imageLabels)).map(
          ({ text, nodeFilters }) => ({ label: text, nodeFilters }),
        ),
      },
    },
  };
}

interface Filtered {
  text: string;
  nodeFilters: string[];
}

const byIndex = (nodes: readonly ObservedNode[]): ObservedNode[] =>
  nodes.toSorted((a, b) => indexOf(a) - indexOf(b) || (a.name < b.name ? -1 : 1));

const indexOf = ({ name, initServer }: ObservedNode): number =>
  initServer ? -1 : Number(/-(\d+)$/.exec(name)?.[1] ?? 0);

/** Texts in their order, each with the nodes that have it: a whole role, or some of it by their places. */
function filtered(
  servers: readonly ObservedNode[],
  agents: readonly ObservedNode[],
  of: (node: ObservedNode) => string[],
): Filtered[] {
  const roles = [
    ["server", servers.map(of)],
    ["agent", agents.map(of)],
  ] as const;
  const texts = [...new Set(roles.flatMap(([, lists]) => lists.flat()))];
  return texts.map((text) => ({
    text,
    nodeFilters: roles.flatMap(([role, lists]) => {
      const places = lists.flatMap((list, place) => (list.includes(text) ? [place] : []));
      if (places.length === 0) return [];
      return [`${role}:${places.length === lists.length ? "*" : places.join(",")}`];
    }),
  }));
}

function volumesOf(node: ObservedNode): string[] {
  return userMounts(node).map(({ source, destination, options = [] }) => {
    const mode = options.includes("ro") ? ":ro" : "";
    return `${source === undefined ? "" : `${source}:`}${destination}${mode}`;
  });
}

function labelsOf({ info }: ObservedNode, imageLabels: Readonly<Record<string, string>>): string[] {
  return Object.entries(info.labels)
    .filter(
      ([key, value]) =>
        key !== LABELS.app &&
        imageLabels[key] !== value &&
        !FOREIGN_LABELS.test(key) &&
        !RESERVED_LABEL_PREFIXES.some((prefix) => key.startsWith(prefix)),
    )
    .map(([key, value]) => `${key}=${value}`);
}

/** What engines and their tools note for themselves. */
const FOREIGN_LABELS = /^(?:com\.docker\.|io\.podman\.|desktop\.docker\.io\/|PODMAN_)/;

function kubeApi(
  { view }: ObservedCluster,
  labels: Readonly<Record<string, string>>,
): SimpleConfig["kubeAPI"] {
  const host = labels[LABELS.apiHost];
  const hostIP = labels[LABELS.apiHostIp];
  // The wildcard stands for "not said", unless kubeconfigs name it so.
  const isSaid = hostIP !== "0.0.0.0" || labels[LABELS.apiClientHost] !== undefined;
  return {
    host: host === "0.0.0.0" ? undefined : host,
    hostIP: isSaid ? hostIP : undefined,
    hostPort: view.api?.port === undefined ? undefined : String(view.api.port),
  };
}

function hostAliases(text: string | undefined): SimpleConfig["hostAliases"] {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as SimpleConfig["hostAliases"];
  } catch {
    return undefined;
  }
}

/** The API's own port is no part of it. */
function publishedPorts(
  { nodes }: ObservedCluster,
  servers: readonly ObservedNode[],
  agents: readonly ObservedNode[],
): NonNullable<SimpleConfig["ports"]> {
  const balancer = nodes.find(({ role }) => role === "loadbalancer");
  const texts = ({ info }: ObservedNode): string[] =>
    info.spec.ports
      .filter(({ containerPort, protocol }) => containerPort !== API_PORT || protocol !== "tcp")
      .map(portText);
  return [
    ...(balancer === undefined ? [] : texts(balancer)).map((port) => ({
      port,
      nodeFilters: ["loadbalancer"],
    })),
    ...filtered(servers, agents, texts).map(({ text, nodeFilters }) => ({
      port: text,
      nodeFilters: nodeFilters.map((filter) => `${filter}:direct`),
    })),
  ];
}

/** Engines tell of no address in two ways. */
const portText = ({ hostIp, ...port }: PortBinding): string =>
  formatPortBinding({ ...port, hostIp: hostIp === "" ? undefined : hostIp });

/**
 * The config of a cluster as the start of another one's: without its name and the port of its API,
 * which would be those of two.
 *
 * @param options.freePorts the published ports are found anew, too.
 */
export function configForAnother(
  { metadata: _name, kubeAPI, ports = [], ...config }: SimpleConfig,
  { freePorts = false }: { freePorts?: boolean } = {},
): SimpleConfig {
  const { hostPort: _port, ...api } = kubeAPI ?? {};
  return {
    ...config,
    kubeAPI: api,
    ports: freePorts ? ports.map((entry) => ({ ...entry, port: freed(entry.port) })) : ports,
  };
}

const freed = (port: string): string =>
  parsePortSpec(port)
    .map(({ hostPort: _hostPort, ...binding }) => formatPortBinding(binding))
    .join("");
