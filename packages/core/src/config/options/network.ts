import { isIP } from "node:net";
import { applyLoadBalancerOverrides } from "../../loadbalancer/overrides.js";
import { DEFAULT_LB_SETTINGS } from "../../loadbalancer/values.js";
import { checkHostPort, parseApiPort } from "../api-port.js";
import { type HostAlias, checkHostAlias, parseHostAlias } from "../host-aliases.js";
import { invalid } from "../invalid.js";
import { checkHostName } from "../names.js";
import { parsePortSpec } from "../ports.js";
import {
  filtered,
  flag,
  list,
  object,
  plainText,
  text,
  textOrNumber,
} from "../schema/json-schema.js";
import { checkFamilies, type IpFamilies, parseSubnets } from "../subnet.js";
import { option, section } from "./option.js";
import { PORT_HINT, checkUrl } from "./values.js";

const GROUP = "NETWORK AND PORTS";

/** How the cluster is reached, and what it reaches. */
export const NETWORK_OPTIONS = [
  section({
    field: "kubeAPI",
    title: "Kubernetes API",
    description: "How the Kubernetes API is reached from outside.",
    variable: "K3D_API_PORT",
    read: parseApiPort,
    flag: {
      name: "api-port",
      kind: "text",
      group: GROUP,
      metavar: "[HOST:]HOSTPORT",
      summary: "Where the Kubernetes API is published (default: 0.0.0.0:random)",
    },
  }),
  option({
    field: "kubeAPI.host",
    schema: text(
      "Host",
      "Host name or address that clients use; it becomes a name in the API's certificate.",
      { examples: ["k3d.example.org"] },
    ),
    check: (host: string) => (isIP(host) === 0 ? checkHostName(host, "host") : host),
  }),
  option({
    field: "kubeAPI.hostIP",
    schema: text("Host address", "Address of this host that the port is bound to.", {
      default: "0.0.0.0",
      examples: ["127.0.0.1"],
    }),
    check: checkAddress,
  }),
  option({
    field: "kubeAPI.hostPort",
    schema: textOrNumber("Host port", "Port on this host, or random.", { examples: ["6550"] }),
    default: "random",
    check: (port: string) =>
      checkHostPort(port, (reason) => invalid("API port", port, reason, PORT_HINT)),
  }),
  option({
    field: "options.k3d.tunnel",
    since: "k3d.io/v1alpha5",
    schema: flag(
      "Tunnel",
      "Publish the API and all ports without an address of their own on the loopback of the engine's machine only. k3d tunnel brings them here over the connection to the engine.",
    ),
    default: false,
    variable: "K3D_TUNNEL",
    flag: {
      name: "tunnel",
      kind: "toggle",
      group: GROUP,
      summary:
        "Open no ports on the engine's machine; reach the cluster on 127.0.0.1 while k3d tunnel runs",
    },
  }),
  option({
    field: "network",
    schema: text(
      "Network",
      "Existing network that the nodes join instead of one of their own; host is the host's own.",
      { examples: ["my-network", "host"] },
    ),
    check: checkNetworkName,
    flag: {
      name: "network",
      kind: "text",
      group: GROUP,
      metavar: "NAME",
      summary: "Join this network instead of a new one; host shares the host's",
    },
  }),
  option({
    field: "subnet",
    schema: text(
      "Subnet",
      "Subnet of the cluster's own network: IPv4, and for both address families IPv6 after a comma; auto for one that is free.",
      { examples: ["172.28.0.0/16", "auto", "172.28.0.0/16,fd00:28::/64", "auto,fd00:28::/64"] },
    ),
    check: parseSubnets,
    flag: {
      name: "subnet",
      kind: "text",
      group: GROUP,
      metavar: "CIDR[,CIDR6]",
      summary:
        "Subnet of the new network, e.g. 172.28.0.0/16 or 172.28.0.0/16,fd00:28::/64, or auto",
    },
  }),
  option({
    field: "ipFamily",
    since: "k3d.io/v1alpha5",
    schema: text<IpFamilies>(
      "Address family",
      "Addresses of nodes, pods and services: ipv4, or dual for IPv4 and IPv6. A cluster keeps what it was made with. Default: ipv4, or dual with an IPv6 subnet.",
      { enum: ["ipv4", "dual"] },
    ),
    check: checkFamilies,
    example: "ipv4",
    flag: {
      name: "ip-family",
      kind: "text",
      group: GROUP,
      metavar: "FAMILY",
      summary: "Addresses of nodes, pods and services: ipv4, or dual for IPv4 and IPv6",
    },
  }),
  option({
    field: "ipv6",
    since: "k3d.io/v1alpha5",
    schema: flag("IPv6", "The same as ipFamily: dual."),
    example: false,
    flag: {
      name: "ipv6",
      kind: "toggle",
      group: GROUP,
      summary: "IPv6 beside IPv4: the same as --ip-family dual",
    },
  }),
  option({
    field: "ports",
    schema: list(
      "Ports",
      "Ports published on this host, on the load balancer unless the filter ends in :direct.",
      filtered(
        "port",
        textOrNumber(
          "Port",
          "[HOST:][HOSTPORT:]CONTAINERPORT[/PROTOCOL]; both ports may be ranges of equal length.",
          { examples: ["8080:80", "127.0.0.1:8443:443", "53:53/udp"] },
        ),
        "Port",
      ),
    ),
    default: [],
    example: [
      { port: "8080:80", nodeFilters: ["loadbalancer"] },
      { port: "127.0.0.1:30080:30080", nodeFilters: ["server:0:direct"] },
    ],
    check: parsePortSpec,
    filtered: {
      key: "port",
      describe: (port) => `Port ${port}`,
      unfiltered: "load balancer",
      suffixes: true,
    },
    flag: {
      name: "port",
      kind: "repeated",
      char: "p",
      group: GROUP,
      metavar: "MAPPING[@FILTER]",
      summary:
        "Publish [HOST:][HOSTPORT:]CONTAINERPORT[/PROTOCOL] of nodes, by way of the load balancer unless @…:direct",
    },
  }),
  option({
    field: "hostAliases",
    since: "k3d.io/v1alpha4",
    schema: list<HostAlias>(
      "Host aliases",
      "Host names that nodes and pods resolve to an address.",
      object(
        "Host alias",
        "An address and its names.",
        {
          ip: text("Address", "IP address.", { examples: ["10.0.0.5"] }),
          hostnames: list("Host names", "Names of the address.", plainText),
        },
        { required: ["ip", "hostnames"], additionalProperties: true },
      ),
    ),
    default: [],
    example: [{ ip: "10.0.0.5", hostnames: ["db.local"] }],
    read: parseHostAlias,
    check: checkHostAlias,
    flag: {
      name: "host-alias",
      kind: "repeated",
      group: GROUP,
      metavar: "IP:HOST[,HOST…]",
      summary: "Line in the nodes' hosts file, visible to pods too",
    },
  }),
  option({
    field: "options.k3d.disableLoadbalancer",
    schema: flag(
      "No load balancer",
      "Publish the API on the first server instead of a load balancer.",
    ),
    default: false,
    variable: "K3D_NO_LB",
    flag: {
      name: "no-lb",
      kind: "toggle",
      group: GROUP,
      summary: "No load balancer; the API is published on the first server",
    },
  }),
  section({
    field: "options.k3d.loadbalancer",
    since: "k3d.io/v1alpha3",
    title: "Load balancer",
    description: "Settings of the load balancer.",
  }),
  option({
    field: "options.k3d.loadbalancer.configOverrides",
    since: "k3d.io/v1alpha3",
    schema: list("Overrides", "Settings of nginx, as PATH=VALUE.", plainText, {
      examples: [["settings.workerConnections=2048", "settings.defaultProxyTimeout=900"]],
    }),
    default: [],
    check: (override: string) =>
      applyLoadBalancerOverrides({ ports: {}, settings: DEFAULT_LB_SETTINGS }, [override]),
    flag: {
      name: "lb-config-override",
      kind: "list",
      group: GROUP,
      metavar: "PATH=VALUE",
      summary: "Setting of the load balancer, e.g. settings.workerConnections=2048",
    },
  }),
  section({
    field: "options.k3d.proxy",
    since: "k3d.io/v1alpha5",
    title: "Proxy",
    description: "Proxy environment of the nodes.",
  }),
  option({
    field: "options.k3d.proxy.enabled",
    since: "k3d.io/v1alpha5",
    schema: flag(
      "Enabled",
      "Pass the caller's proxy environment to the nodes, with NO_PROXY completed for the cluster. Off by default.",
    ),
    variable: "K3D_PROXY",
    flag: {
      name: "proxy",
      kind: "toggle",
      group: GROUP,
      summary: "Pass the proxy settings of this environment to the nodes",
    },
  }),
  option({
    field: "options.k3d.proxy.http",
    since: "k3d.io/v1alpha5",
    schema: text("HTTP proxy", "Instead of the caller's HTTP_PROXY.", {
      examples: ["http://proxy:3128"],
    }),
    check: checkUrl,
  }),
  option({
    field: "options.k3d.proxy.https",
    since: "k3d.io/v1alpha5",
    schema: text("HTTPS proxy", "Instead of the caller's HTTPS_PROXY."),
    example: "http://proxy:3128",
    check: checkUrl,
  }),
  option({
    field: "options.k3d.proxy.noProxy",
    since: "k3d.io/v1alpha5",
    schema: text("No proxy", "Instead of the caller's NO_PROXY; hosts with commas between."),
    example: "localhost,.example.org",
  }),
  option({
    field: "options.k3d.proxy.caFile",
    since: "k3d.io/v1alpha5",
    schema: text(
      "CA file",
      "File with the certificate authority of the proxy, relative to the config file.",
    ),
    example: "proxy-ca.pem",
    variable: "K3D_PROXY_CA",
    flag: {
      name: "proxy-ca",
      kind: "text",
      group: GROUP,
      metavar: "FILE",
      summary: "Certificate authority of the proxy",
    },
  }),
] as const;

function checkAddress(address: string): void {
  if (isIP(address) !== 0) return;
  throw invalid(
    "host address",
    address,
    "it is not an IP address",
    'Give an address of this host, for example "127.0.0.1".',
  );
}

function checkNetworkName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name)) return;
  throw invalid(
    "network",
    name,
    "this is not a network name",
    'Use letters, digits, "_", "." and "-", or "host".',
  );
}
