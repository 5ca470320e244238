import { isIPv6 } from "node:net";
import type { Objects } from "../api/objects.ts";
import { findResource, type Resource } from "../api/resources.ts";
import { addressInNetwork } from "../net/addresses.ts";
import { messageOf } from "../errors.ts";
import { log } from "../log.ts";
import type { ServerConfig } from "./config.ts";

const of = (group: string, version: string, plural: string): Resource =>
  findResource(group, version, plural) as Resource;
const namespaces = of("", "v1", "namespaces");
const services = of("", "v1", "services");
const configMaps = of("", "v1", "configmaps");

const corefile = (domain: string): string => `.:53 {
    errors
    health
    ready
    kubernetes ${domain} in-addr.arpa ip6.arpa {
      pods insecure
      fallthrough in-addr.arpa ip6.arpa
    }
    hosts /etc/coredns/NodeHosts {
      ttl 60
      reload 15s
      fallthrough
    }
    prometheus :9153
    forward . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
    import /etc/coredns/custom/*.override
}
import /etc/coredns/custom/*.server
`;

/** What a service says of its addresses: the API's own has one, that of DNS one of each family. */
function addressFields(addresses: string[]): Record<string, unknown> {
  return {
    clusterIP: addresses[0],
    clusterIPs: addresses,
    ipFamilies: addresses.map((address) => (isIPv6(address) ? "IPv6" : "IPv4")),
    ipFamilyPolicy: addresses.length > 1 ? "RequireDualStack" : "SingleStack",
  };
}

/** Creates the objects that every Kubernetes cluster has from the start. */
export async function createSystemObjects(objects: Objects, config: ServerConfig): Promise<void> {
  for (const name of ["default", "kube-system", "kube-public", "kube-node-lease"]) {
    if (!objects.find(namespaces, "", name))
      await objects.ensure(namespaces, "", { metadata: { name } });
  }
  if (!objects.find(services, "default", "kubernetes")) {
    await objects.ensure(services, "default", {
      metadata: { name: "kubernetes", labels: { component: "apiserver", provider: "kubernetes" } },
      spec: {
        type: "ClusterIP",
        ...addressFields(config.serviceCidrs.slice(0, 1).map((cidr) => addressInNetwork(cidr, 1))),
        ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: config.port }],
      },
      status: { loadBalancer: {} },
    });
  }
}

/** Deploys CoreDNS' configuration, unless it is disabled; `NodeHosts` is kept. */
export async function deployCoreDns(objects: Objects, config: ServerConfig): Promise<void> {
  if (config.options.list("disable").includes("coredns")) return;
  const current = objects.find(configMaps, "kube-system", "coredns");
  const nodeHosts = (current?.["data"] as Record<string, string> | undefined)?.["NodeHosts"];
  await objects.ensure(configMaps, "kube-system", {
    metadata: {
      name: "coredns",
      annotations: {
        "objectset.rio.cattle.io/owner-name": "coredns",
        "objectset.rio.cattle.io/owner-namespace": "kube-system",
      },
    },
    data: {
      Corefile: corefile(config.clusterDomain),
      ...(nodeHosts === undefined ? {} : { NodeHosts: nodeHosts }),
    },
  });
  await objects
    .ensure(services, "kube-system", {
      metadata: {
        name: "kube-dns",
        labels: {
          "k8s-app": "kube-dns",
          "kubernetes.io/cluster-service": "true",
          "kubernetes.io/name": "CoreDNS",
        },
      },
      spec: {
        type: "ClusterIP",
        ...addressFields(config.clusterDns),
        selector: { "k8s-app": "kube-dns" },
        ports: [
          { name: "dns", port: 53, protocol: "UDP" },
          { name: "dns-tcp", port: 53, protocol: "TCP" },
        ],
      },
    })
    .catch((error: unknown) => log.error(`Failed to deploy kube-dns: ${messageOf(error)}`));
}
