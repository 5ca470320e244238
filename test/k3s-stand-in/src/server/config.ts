import { readFileSync } from "node:fs";
import { isIP } from "node:net";
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
  serviceCidr: string;
  clusterCidr: string;
  clusterDns: string;
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
    nodeName: (options.string("node-name") || hostName()).toLowerCase(),
    nodeIps: nodeIps.length > 0 ? nodeIps : [hostAddress()],
    token: tokenFile ? fromFile(tokenFile) : options.string("token"),
    serverUrl: options.string("server"),
  };
}

export function serverConfig(options: Options, knobs: Knobs): ServerConfig {
  const node = nodeConfig(options, knobs);
  const serviceCidr = options.list("service-cidr")[0] ?? "10.43.0.0/16";
  const clusterCidr = options.list("cluster-cidr")[0] ?? "10.42.0.0/16";
  for (const [flag, cidr] of [
    ["cluster-cidr", clusterCidr],
    ["service-cidr", serviceCidr],
  ] as const) {
    if (!isIP(cidr.split("/")[0] ?? "") || !/\/\d+$/.test(cidr))
      throw new FatalError(`invalid ${flag} ${cidr}: invalid CIDR address: ${cidr}`);
  }
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
    addressInNetwork(serviceCidr, 1),
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    `kubernetes.default.svc.${clusterDomain}`,
  ];
  return {
    ...node,
    bindAddress: options.string("bind-address"),
    port: options.int("https-listen-port"),
    serviceCidr,
    clusterCidr,
    clusterDns: options.list("cluster-dns")[0] ?? addressInNetwork(serviceCidr, 10),
    clusterDomain,
    agentToken: agentTokenFile ? fromFile(agentTokenFile) : options.string("agent-token"),
    sans: [...new Set(sans)],
    datastoreEndpoint: options.string("datastore-endpoint"),
  };
}

/** URL by which the server reaches itself. */
export function loopbackUrl(config: ServerConfig): string {
  const any =
    config.bindAddress === "" || config.bindAddress === "0.0.0.0" || config.bindAddress === "::";
  return `https://${any ? "127.0.0.1" : urlHost(config.bindAddress)}:${config.port}`;
}
