import { loadBalancerFiles } from "../loadbalancer/files.js";
import type { LoadBalancerValues } from "../loadbalancer/values.js";
import { runsK3s } from "../model/roles.js";
import { entrypointFile } from "../node/entrypoint.js";
import { coreDnsHosts, hostEntries } from "../node/host-names.js";
import type { ClusterContext, NodeDefinition } from "../node/node-definition.js";
import { registryEndpointOf } from "../registry/definition.js";
import { nodeRegistryFiles } from "../registry/node-files.js";
import type { ContainerFile } from "../runtime/container-file.js";
import type { DesiredRegistries } from "./desired.js";
import type { Facts } from "./facts.js";

/** What the files of a cluster's nodes are made of. */
export interface FileSources {
  facts: Pick<Facts, "fixes">;
  context: ClusterContext;
  registries: DesiredRegistries;
  loadBalancer: LoadBalancerValues | undefined;
  addressOf: (node: string) => string | undefined;
}

/** Everything that k3d places in a node's container. */
export async function nodeFiles(
  node: NodeDefinition,
  { facts, context, registries, loadBalancer, addressOf }: FileSources,
): Promise<ContainerFile[]> {
  if (node.role === "loadbalancer") {
    return loadBalancer === undefined
      ? node.files
      : [...node.files, ...(await loadBalancerFiles(loadBalancer, addressOf))];
  }
  if (!runsK3s(node)) return node.files;
  const { create, use, userConfig } = registries;
  const endpoints = [...(create === undefined ? [] : [registryEndpointOf(create)]), ...use];
  return [
    entrypointFile(facts.fixes),
    ...node.files,
    ...(node.initServer ? coreDnsHosts(hostEntries(context)) : []),
    ...(await nodeRegistryFiles(endpoints, userConfig, node)),
  ];
}
