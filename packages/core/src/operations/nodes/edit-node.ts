import { K3dError } from "../../errors/index.js";
import type { NodeView } from "../../node/views.js";
import { findNode } from "../../node/find.js";
import { clusterViews, listNodes } from "../../observe/nodes.js";
import { withPorts } from "../../plan/edit-ports.js";
import type { Collaborators } from "../../steps/world.js";
import { carryOutChanges } from "../clusters/carry-out.js";
import { settlePorts } from "../clusters/edit-cluster.js";
import { oneAtATime } from "../turns/one-at-a-time.js";
import { observeSettled } from "../clusters/settle-replacements.js";
import { currentOf } from "../clusters/observe-current.js";
import type { NodeEdit } from "../contracts.js";
import type { WaitOptions } from "../options.js";
import { readBack } from "../read-back.js";

/** Ports of one node: through the load balancer to all nodes, or directly on a server or agent. */
export async function editNode(
  name: string,
  { portAdd = [], portDelete = [] }: NodeEdit,
  deps: Collaborators,
  options: WaitOptions,
): Promise<NodeView> {
  const call = { signal: options.signal };
  const all = await listNodes(deps.runtime, call);
  const node = findNode(name, all);
  const cluster = clusterViews(all).find((view) => view.name === node.cluster);
  if (cluster === undefined || node.role === "registry") {
    throw new K3dError(
      "INVALID_INPUT",
      `Node '${node.name}' is a ${node.role}: only nodes of a cluster can be edited`,
      {
        hint: "Create it again with the ports that you want.",
      },
    );
  }
  const filter = node.role === "loadbalancer" ? "" : `@${node.name}:direct`;
  await oneAtATime(cluster, deps, options, async () => {
    const observed = await observeSettled(cluster.name, deps, call);
    const current = await currentOf(observed, deps, call);
    const edited = await withPorts(
      current,
      portAdd.map((port) => `${port}${filter}`),
      portDelete,
    );
    await carryOutChanges(await settlePorts(edited, deps), observed, deps, options);
  });
  return readBack(
    async () => findNode(node.name, await listNodes(deps.runtime, call)),
    node,
    deps.events,
  );
}
