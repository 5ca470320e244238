import type { EventSink } from "../events/index.js";
import type { KubeconfigStore } from "../kubeconfig/file.js";
import type { Clock } from "../model/clock.js";
import type { CoreSettings } from "../observe/settings.js";
import type { DesiredCluster, DesiredNode } from "../plan/desired.js";
import type { Lifecycle } from "../lifecycle/lifecycle.js";
import type { NetworkBinding } from "../plan/facts.js";
import type { ObservedCluster } from "../plan/observed.js";
import type { KubeClientFactory } from "../readiness/kube-client.js";
import type { PortPicker } from "./ports/host-ports.js";
import type { ContainerRuntime } from "../runtime/runtime.js";
import { K3dError } from "../errors/index.js";

/** What every operation works with; injected. */
export interface Collaborators {
  runtime: ContainerRuntime;
  events: EventSink;
  clock: Clock;
  kube: KubeClientFactory;
  kubeconfigStore: KubeconfigStore;
  settings: CoreSettings;
  ports: PortPicker;
  /** Who takes part in what happens to clusters. Absent: nobody, and no commands on this host. */
  lifecycle?: Lifecycle;
}

/** One operation on one cluster: what it works with, what it wants, and what there was. */
export class World {
  private wanted: DesiredCluster;
  private found: ObservedCluster | undefined;

  /**
   * @param operation random; objects that this operation makes carry it, and undo removes no others.
   * @param settle the desired state anew, once the network is known.
   */
  constructor(
    readonly collaborators: Collaborators,
    readonly operation: string,
    desired: DesiredCluster,
    observed?: ObservedCluster,
    private readonly settle?: (network: NetworkBinding) => Promise<DesiredCluster>,
  ) {
    this.wanted = desired;
    this.found = observed;
  }

  /** What there was, under the names that it has once renamed containers have theirs back. */
  get observed(): ObservedCluster | undefined {
    return this.found;
  }

  /** Notes that this container gets another name before what comes after. */
  takeName(id: string, name: string): void {
    if (this.found === undefined) return;
    const { view, nodes } = this.found;
    const named = <Node extends { id: string; name: string }>(node: Node): Node =>
      node.id === id ? { ...node, name } : node;
    this.found = {
      ...this.found,
      nodes: nodes.map(named),
      view: { ...view, nodes: view.nodes.map(named) },
    };
  }

  get runtime(): ContainerRuntime {
    return this.collaborators.runtime;
  }

  /** As far as it is known by now. */
  get desired(): DesiredCluster {
    return this.wanted;
  }

  /** @throws `INTERNAL` for a node that is nowhere in the desired state. */
  node(name: string): DesiredNode {
    const node = this.wanted.nodes.find((candidate) => candidate.name === name);
    if (node === undefined) throw new K3dError("INTERNAL", `Node '${name}' is not in the plan`);
    return node;
  }

  /** Fills in what follows from the network: addresses, and whatever names them. */
  async settleNetwork(network: NetworkBinding): Promise<void> {
    if (this.settle !== undefined) this.wanted = await this.settle(network);
  }
}
