import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { dirname } from "node:path";
import type { Options } from "../cli/parse.ts";
import type { Knobs } from "../knobs.ts";
import { FatalError } from "../errors.ts";
import { addressInNetwork, hostAddress, hostName, urlHost } from "../net/addresses.ts";
import { Paths } from "../paths.ts";

/** What every node knows about itself, server or agent. */
export interface NodeConfig {
  options: Options;
  knobs: Knobs;
  paths: Paths;
  nodeName: string;
  nodeIps: string[];
  token: string;
  /** `--server` or `K3S_URL`. */
  serverUrl: string;
}

export interface ServerConfig extends NodeConfig {
  /** Empty for all addresses. */
  bindAddress: string;
  port: number;
  /** One, or one of each family; so are the networks of pods and the addresses of DNS. */
  serviceCidrs: string[];
  clusterCidrs: string[];
  clusterDns: string[];
  clusterDomain: string;
  agentToken: string;
  /** Names and addresses of the serving certificate. */
  sans: string[];
  datastoreEndpoint: string;
}

function fromFile(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    throw new FatalError(`open ${file}: no such file or directory`);
  }
}

/** With `--with-node-id` eight random digits are added, the same at every boot. */
function nodeName(options: Options, { nodeId }: Paths): string {
  const name = (options.string("node-name") || hostName()).toLowerCase();
  return options.bool("with-node-id") ? `${name}-${ensureNodeId(nodeId)}` : name;
}

function ensureNodeId(file: string): string {
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${randomBytes(4).toString("hex")}\n`, { mode: 0o644 });
  }
  return readFileSync(file, "utf8").trim();
}

export function nodeConfig(options: Options, knobs: Knobs): NodeConfig {
  const paths = new Paths(knobs.root, options.string("data-dir"));
  const tokenFile = options.string("token-file");
  const nodeIps = options.list("node-ip");
  for (const address of nodeIps)
    if (!isIP(address)) throw new FatalError(`invalid node-ip: invalid ip format '${address}'`);
  return {
    options,
    knobs,
    paths,
    nodeName: nodeName(options, paths),
    nodeIps: nodeIps.length > 0 ? nodeIps : [hostAddress()],
    token: tokenFile ? fromFile(tokenFile) : options.string("token"),
    serverUrl: options.string("server"),
  };
}

/** The families of addresses or networks, such as `46` for both. */
function families(addresses: string[]): string {
  return [...new Set(addresses.map((address) => isIP(address.split("/")[0] as string)))]
    .sort()
    .join("");
}

/** Pod and service network, by default of the node's address family. Throws FatalError. */
function networks(
  options: Options,
  nodeIps: string[],
): Pick<ServerConfig, "clusterCidrs" | "serviceCidrs"> {
  const ipv6 = isIP(nodeIps[0] as string) === 6;
  const listOf = (flag: string, ...defaults: [string, string]): string[] => {
    const given = options.list(flag);
    return given.length > 0 ? given : [defaults[ipv6 ? 1 : 0]];
  };
  const cluster = listOf("cluster-cidr", "10.42.0.0/16", "fd00:42::/56");
  const service = listOf("service-cidr", "10.43.0.0/16", "fd00:43::/112");
  for (const [flag, list] of [
    ["cluster-cidr", cluster],
    ["service-cidr", service],
  ] as const) {
    const wrong = list.find((cidr) => !isIP(cidr.split("/")[0] ?? "") || !/\/\d+$/.test(cidr));
    if (wrong) throw new FatalError(`invalid ${flag} ${wrong}: invalid CIDR address: ${wrong}`);
  }
  const version = "must share the same IP version (IPv4, IPv6 or dual-stack)";
  if (families(cluster) !== families(service)) {
    throw new FatalError(
      `cluster-cidr: [${cluster.join(" ")}] and service-cidr: [${service.join(" ")}], ${version}`,
    );
  }
  if (![...families(cluster)].every((family) => families(nodeIps).includes(family))) {
    throw new FatalError(
      `cluster-cidr: [${cluster.join(" ")}] and node-ip: [${nodeIps.join(" ")}], ${version}`,
    );
  }
  return { clusterCidrs: cluster, serviceCidrs: service };
}

export function serverConfig(options: Options, knobs: Knobs): ServerConfig {
  const node = nodeConfig(options, knobs);
  const { clusterCidrs, serviceCidrs } = networks(options, node.nodeIps);
  const ownDns = options.list("cluster-dns");
  const clusterDomain = options.string("cluster-domain");
  const agentTokenFile = options.string("agent-token-file");
  const advertise = options.string("advertise-address");
  const sans = [
    ...options.list("tls-san"),
    "127.0.0.1",
    "::1",
    "localhost",
    node.nodeName,
    ...node.nodeIps,
    ...(advertise ? [advertise] : []),
    ...serviceCidrs.map((cidr) => addressInNetwork(cidr, 1)),
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    `kubernetes.default.svc.${clusterDomain}`,
  ];
  return {
    ...node,
    bindAddress: options.string("bind-address"),
    port: options.int("https-listen-port"),
    serviceCidrs,
    clusterCidrs,
    clusterDns: ownDns.length > 0 ? ownDns : serviceCidrs.map((cidr) => addressInNetwork(cidr, 10)),
    clusterDomain,
    agentToken: agentTokenFile ? fromFile(agentTokenFile) : options.string("agent-token"),
    sans: [...new Set(sans)],
    datastoreEndpoint: options.string("datastore-endpoint"),
  };
}

/** URL by which the server reaches itself. */
export function loopbackUrl(config: ServerConfig): string {
  const any = ["", "0.0.0.0", "::"].includes(config.bindAddress);
  const loopback = families(config.nodeIps) === "6" ? "::1" : "127.0.0.1";
  return `https://${urlHost(any ? loopback : config.bindAddress)}:${config.port}`;
}
