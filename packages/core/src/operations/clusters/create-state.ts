import { packFiles } from "../../runtime/archive.js";
import { PortSettler } from "../../steps/ports/settle-ports.js";
import { unlessMissing } from "../../errors/index.js";
import { loadBalancerFiles } from "../../loadbalancer/files.js";
import { API_PORT } from "../../model/defaults.js";
import { LABELS } from "../../model/labels.js";
import {
  bindApiPort,
  bindNetwork,
  bindPorts,
  fixedAddresses,
  type NetworkBinding,
} from "../../plan/bind.js";
import type { ClusterPlan, PlannedNode } from "../../plan/cluster-plan.js";
import type { ContainerFile } from "../../runtime/container-file.js";
import { registryNode } from "../../plan/registries.js";
import { readRegistryAccess } from "../../registry/access.js";
import { registryFiles } from "../../registry/config-files.js";
import { type RegistryDefinition, registryEndpointOf } from "../../registry/definition.js";
import { nodeRegistryFiles } from "../../registry/node-files.js";
import type { RegistryEndpoint } from "../../registry/registries-yaml.js";
import type { PortBinding } from "../../runtime/container-spec.js";
import { creationFile } from "../../node/creation.js";
import type { ClusterDeps } from "./deps.js";

/**
 * What becomes known while a plan is carried out: the network, the API's
 * port, and each node's container.
 */
export class CreateState {
  private network: NetworkBinding | undefined;
  private addresses: ReadonlyMap<string, string> = new Map();
  private readonly containers = new Map<string, string>();
  private readonly ports: PortSettler;
  private registry: RegistryDefinition | undefined;
  private used: Promise<RegistryEndpoint[]> | undefined;
  apiPort: number | undefined;

  constructor(
    readonly plan: ClusterPlan,
    private readonly deps: ClusterDeps,
  ) {
    this.apiPort = plan.api.port;
    this.ports = new PortSettler(deps.ports);
  }

  bindNetwork(network: NetworkBinding): void {
    this.network = network;
    this.addresses = fixedAddresses(this.plan, network);
  }

  /** Creates the node's container with its files in place; does not start it. */
  async create(node: PlannedNode): Promise<void> {
    const ports = await this.ports.settle(node.spec.ports);
    let bound = node.role === "registry" ? this.bindRegistry(node, ports) : bindPorts(node, ports);
    if (this.network !== undefined) {
      const address = this.addresses.get(node.name);
      const resolver = this.resolver();
      bound = bindNetwork(bound, {
        network: this.network,
        proxied: this.plan.proxied,
        ...(address === undefined ? {} : { address }),
        ...(resolver === undefined ? {} : { resolver }),
      });
    }
    if (node.name === this.plan.api.publishedBy) {
      this.apiPort = ports.find(
        ({ containerPort, protocol }) => containerPort === API_PORT && protocol === "tcp",
      )?.hostPort;
    }
    if (this.apiPort !== undefined) bound = bindApiPort(bound, this.apiPort);
    const id = await this.deps.runtime.containers.create(bound.spec);
    this.containers.set(node.name, id);
    const files = [
      ...bound.files,
      ...(await this.extraFiles(bound)),
      ...(node.initServer ? [creationFile("begun")] : []),
    ];
    if (files.length > 0)
      await this.deps.runtime.containers.putArchive(id, "/", await packFiles(files));
  }

  /** Starts it; where a port of our own choice is taken after all, makes it anew with another. */
  async start(node: PlannedNode): Promise<void> {
    await this.ports.start(
      node.spec.ports,
      () => this.deps.runtime.containers.start(this.id(node)),
      async () => {
        await this.remove(node);
        await this.create(node);
      },
    );
  }

  /** Removes the container made for this node; nothing when there is none. */
  async remove(node: PlannedNode): Promise<void> {
    const id = this.containers.get(node.name);
    if (id === undefined) return;
    await unlessMissing(this.deps.runtime.containers.remove(id, { force: true, volumes: true }));
    this.containers.delete(node.name);
  }

  private id(node: PlannedNode): string {
    return this.containers.get(node.name) ?? node.name;
  }

  private async extraFiles(node: PlannedNode): Promise<ContainerFile[]> {
    if (node.role === "registry")
      return this.registry === undefined ? [] : registryFiles(this.registry);
    if (node.role !== "loadbalancer")
      return nodeRegistryFiles(await this.registries(), this.plan.registries.userConfig, node);
    if (this.plan.loadBalancer === undefined) return [];
    return loadBalancerFiles(this.plan.loadBalancer, (name) => this.addresses.get(name));
  }

  /** The registries that nodes can pull from, with what only their own containers tell. */
  private async registries(): Promise<RegistryEndpoint[]> {
    this.used ??= Promise.all(
      this.plan.registries.use.map(async (registry) => {
        const access = await readRegistryAccess(this.deps.runtime, registry.name);
        return access === undefined ? registry : { ...registry, access };
      }),
    );
    return [
      ...(this.registry === undefined ? [] : [registryEndpointOf(this.registry)]),
      ...(await this.used),
    ];
  }

  /** The registry with its port settled: its label and its own configuration tell it too. */
  private bindRegistry(node: PlannedNode, ports: PortBinding[]): PlannedNode {
    const { create, portsMatch } = this.plan.registries;
    const hostPort = ports[0]?.hostPort;
    if (create === undefined || hostPort === undefined) return node;
    this.registry = {
      ...create,
      hostPort,
      ...(portsMatch === true ? { internalPort: hostPort } : {}),
    };
    const { cluster: name, clusterId: id, network } = this.plan;
    const version = node.spec.labels[LABELS.version] ?? "";
    return registryNode(this.registry, { name, id }, network.name, version);
  }

  /** The load balancer's address where it answers DNS queries. */
  private resolver(): string | undefined {
    const loadBalancer = this.plan.nodes.find(({ role }) => role === "loadbalancer");
    return this.plan.dnsUpstream === undefined || loadBalancer === undefined
      ? undefined
      : this.addresses.get(loadBalancer.name);
  }
}
