import { inject, injectable } from "../services/injection.js";
import { listNodes } from "../cluster/views.js";
import { K3dError } from "../errors/index.js";
import type { EventSink } from "../events/index.js";
import type { Clock } from "../execute/clock.js";
import { runSteps } from "../execute/steps.js";
import type { NodeView } from "../model/views.js";
import type { ContainerRuntime } from "../runtime/runtime.js";
import type {
  NodeListOptions,
  NodeOperations,
  OperationOptions,
  WaitOptions,
} from "../services/contracts.js";
import { TOKENS } from "../services/tokens.js";

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

  start(name: string, options: WaitOptions = {}): Promise<NodeView> {
    return this.change(name, "Start", (node) => this.runtime.containers.start(node.id), options);
  }

  stop(name: string, options: OperationOptions = {}): Promise<NodeView> {
    return this.change(name, "Stop", (node) => this.runtime.containers.stop(node.id), options);
  }

  private async change(
    name: string,
    verb: string,
    run: (node: NodeView) => Promise<void>,
    { signal }: OperationOptions,
  ): Promise<NodeView> {
    const options = signal === undefined ? {} : { signal };
    const node = await this.get(name, options);
    const step = {
      id: `${verb.toLowerCase()}:${name}`,
      title: `${verb} ${node.role} ${name}`,
      run: () => run(node),
    };
    await runSteps([step], { events: this.events, clock: this.clock, rollback: false, ...options });
    return this.get(name, options);
  }
}
