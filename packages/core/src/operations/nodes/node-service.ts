import { inject, injectable } from "../../injection/injection.js";
import { clusterViews, listNodes } from "../../observe/nodes.js";
import { K3dError } from "../../errors/index.js";
import type { EventSink } from "../../events/index.js";
import type { Clock } from "../../model/clock.js";
import { runSteps, type Step } from "../../steps/graph.js";
import type { NodeView } from "../../node/views.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import type { NodeListOptions, NodeOperations } from "../contracts.js";
import type { OperationOptions, WaitOptions } from "../options.js";
import { TOKENS } from "../../injection/tokens.js";

/** Nodes on one runtime. */
@injectable()
export class NodeService implements NodeOperations {
  constructor(
    @inject(TOKENS.runtime) private readonly runtime: ContainerRuntime,
    @inject(TOKENS.events) private readonly events: EventSink,
    @inject(TOKENS.clock) private readonly clock: Clock,
  ) {}

  async list({ cluster, ...options }: NodeListOptions = {}): Promise<NodeView[]> {
    const nodes = await listNodes(this.runtime, options);
    return cluster === undefined ? nodes : nodes.filter((node) => node.cluster === cluster);
  }

  async get(name: string, options: OperationOptions = {}): Promise<NodeView> {
    const node = (await this.list(options)).find((candidate) => candidate.name === name);
    if (node !== undefined) return node;
    throw new K3dError("NOT_FOUND", `Node '${name}' does not exist`, {
      hint: "See what there is with: k3d node list",
    });
  }

  async start(name: string, { wait = true, timeoutMs, signal }: WaitOptions = {}) {
    const options = signal === undefined ? {} : { signal };
    const node = await this.get(name, options);
    const { startStep } = await import("../clusters/start-cluster.js");
    const start = startStep(node, this.runtime);
    const isK3s = node.role === "server" || node.role === "agent";
    const ready = wait && isK3s ? await this.readyStep(node, options, timeoutMs) : undefined;
    const steps = ready === undefined ? [start] : [start, { ...ready, needs: [start.id] }];
    return this.perform(steps, name, options);
  }

  async stop(name: string, { signal }: OperationOptions = {}) {
    const options = signal === undefined ? {} : { signal };
    const node = await this.get(name, options);
    const run = () => this.runtime.containers.stop(node.id);
    const step = { id: `stop:${name}`, title: `Stop ${node.role} ${name}`, run };
    return this.perform([step], name, options);
  }

  /** Nothing where other nodes of the cluster are down that this one needs. */
  private async readyStep(
    node: NodeView,
    options: OperationOptions,
    timeoutMs?: number,
  ): Promise<Step | undefined> {
    const { canReturn, waitForReturn } = await import("../../readiness/wait-for-return.js");
    const [cluster] = clusterViews(
      (await listNodes(this.runtime, options)).filter((other) => other.cluster === node.cluster),
    );
    const own = cluster?.nodes.filter(({ id }) => id === node.id) ?? [];
    if (cluster === undefined || !canReturn(cluster, own)) {
      const message = `${node.name} is not waited for: too much of its cluster is stopped`;
      this.events.emit({ type: "log", level: "info", message });
      return undefined;
    }
    const deps = { runtime: this.runtime, clock: this.clock };
    return {
      id: `ready:${node.name}`,
      title: `Wait for ${node.role} ${node.name}`,
      run: (context) =>
        waitForReturn(cluster, own, deps, {
          ...context,
          ...(timeoutMs === undefined ? {} : { timeoutMs }),
        }),
    };
  }

  private async perform(steps: Step[], name: string, options: OperationOptions): Promise<NodeView> {
    await runSteps(steps, { events: this.events, clock: this.clock, rollback: false, ...options });
    return this.get(name, options);
  }
}
