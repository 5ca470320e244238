import { inject, injectable } from "../../injection/injection.js";
import { TOKENS } from "../../injection/tokens.js";
import type { NodeView } from "../../node/views.js";
import { findNode } from "../../node/find.js";
import { clusterViews, listNodes } from "../../observe/nodes.js";
import type { Collaborators } from "../../steps/world.js";
import type {
  NodeCreateRequest,
  NodeDeleteOptions,
  NodeEdit,
  NodeListOptions,
  NodeOperations,
} from "../contracts.js";
import type { OperationOptions, WaitOptions } from "../options.js";
import { readBack } from "../read-back.js";

/** Nodes on one runtime. What only some operations need is loaded when they are called. */
@injectable()
export class NodeService implements NodeOperations {
  constructor(@inject(TOKENS.collaborators) private readonly deps: Collaborators) {}

  async list({ cluster, ...options }: NodeListOptions = {}): Promise<NodeView[]> {
    const nodes = await listNodes(this.deps.runtime, options);
    return cluster === undefined ? nodes : nodes.filter((node) => node.cluster === cluster);
  }

  async get(name: string, options: OperationOptions = {}): Promise<NodeView> {
    return findNode(name, await this.list(options));
  }

  async start(name: string, options: WaitOptions = {}): Promise<NodeView> {
    const all = await this.list({ signal: options.signal });
    const node = findNode(name, all);
    const [cluster] = clusterViews(all.filter((other) => other.cluster === node.cluster));
    const { startNode } = await import("./start-node.js");
    await startNode(node, cluster, this.deps, options);
    return readBack(() => this.get(node.name, { signal: options.signal }), node, this.deps.events);
  }

  async stop(name: string, options: OperationOptions = {}): Promise<NodeView> {
    const node = await this.get(name, options);
    const [{ stopStep }, { requireObeyed }, { runSteps }] = await Promise.all([
      import("../clusters/stop-cluster.js"),
      import("../require-obeyed.js"),
      import("../../steps/graph.js"),
    ]);
    await runSteps([stopStep(node, this.deps)], { ...this.deps, ...options, rollback: false });
    const after = await readBack(() => this.get(node.name, options), node, this.deps.events);
    if (after !== node) requireObeyed("stop", [node], [after]);
    return after;
  }

  async create(request: NodeCreateRequest, options: WaitOptions = {}): Promise<NodeView[]> {
    const { createNodes } = await import("./create-nodes.js");
    return createNodes(request, this.deps, options);
  }

  async delete(names: readonly string[], options: NodeDeleteOptions = {}): Promise<NodeView[]> {
    const { deleteNodes } = await import("./delete-nodes.js");
    return deleteNodes(names, this.deps, options);
  }

  async edit(name: string, edit: NodeEdit, options: WaitOptions = {}): Promise<NodeView> {
    const { editNode } = await import("./edit-node.js");
    return editNode(name, edit, this.deps, options);
  }
}
