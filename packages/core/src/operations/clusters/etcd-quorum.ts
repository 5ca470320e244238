import { K3dError } from "../../errors/index.js";
import { ENTRYPOINT_PATH } from "../../node/k3s-command.js";
import { RESET_ETCD_PATH } from "../../node/entrypoint-parts.js";
import { hasEtcd } from "../../plan/cluster-context.js";
import type { NodeView } from "../../node/views.js";
import type { ObservedCluster, ObservedNode } from "../../plan/observed.js";
import { packFiles } from "../../runtime/archive.js";
import { readContainerFile } from "../../runtime/read-file.js";
import { runSteps, type Step } from "../../steps/graph.js";
import type { Collaborators } from "../../steps/world.js";
import type { OperationOptions } from "../options.js";

/** Where the load balancer forwards to every server that the cluster is known to have. */
const API_FORWARD = "6443.tcp";

/**
 * Whether enough servers are there for etcd to decide anything: more than half of those that the
 * load balancer knows. Without one nothing tells of servers that are gone.
 *
 * @throws `CONTAINER_FAILED`, naming those that are lost.
 */
export function requireQuorum(observed: ObservedCluster): void {
  const servers = serversOf(observed);
  if (!servers.some(hasEtcd)) return;
  const lost = lostServers(observed);
  const all = servers.length + lost.length;
  if (servers.length * 2 > all) return;
  const { name } = observed;
  throw new K3dError(
    "CONTAINER_FAILED",
    `Cluster '${name}' has lost its quorum: of ${all} servers, ${lost.join(" and ")} ${lost.length === 1 ? "is" : "are"} gone, and etcd needs more than half of them`,
    {
      hint:
        servers.length > 1
          ? `One server can go on alone, with all that it knows: delete the others with k3d node delete, then run: k3d cluster start ${name} --reset-etcd`
          : `The server that is left can go on alone, with all that it knows: k3d cluster start ${name} --reset-etcd. Afterwards add servers with: k3d cluster edit ${name} --servers ${all}`,
    },
  );
}

/**
 * Makes the one server that is left the only member of its etcd: stops it, and leaves word to its
 * boot script, which has k3s forget the others at the next start, once.
 *
 * @returns the cluster as it is then.
 * @throws `INVALID_INPUT` without embedded etcd or with several servers, `UNSUPPORTED` for a server
 * whose boot script knows nothing of it.
 */
export async function resetEtcd(
  observed: ObservedCluster,
  { runtime, ...deps }: Collaborators,
  { signal }: OperationOptions,
): Promise<ObservedCluster> {
  const { name } = observed;
  const servers = serversOf(observed);
  const [server] = servers;
  if (server === undefined || !hasEtcd(server)) {
    throw new K3dError("INVALID_INPUT", `The servers of cluster '${name}' have no etcd to reset`, {
      hint: "Only clusters that were made with several servers, or with --cluster-init, have one.",
    });
  }
  if (servers.length > 1) {
    const names = servers.map((node) => node.name);
    throw new K3dError(
      "INVALID_INPUT",
      `Cluster '${name}' has ${servers.length} servers, and only one of them can start its etcd again`,
      {
        hint: `Choose the one to keep of ${names.join(", ")}, and delete the others with: k3d node delete NAME`,
      },
    );
  }
  const script = await readContainerFile(runtime, server.id, ENTRYPOINT_PATH, { signal });
  if (script?.includes(RESET_ETCD_PATH) !== true) {
    throw new K3dError(
      "UNSUPPORTED",
      `The boot script of ${server.name} cannot reset its etcd: another version of k3d made it`,
      { hint: `Run k3s there with its arguments and --cluster-reset, while the node is stopped.` },
    );
  }
  const steps: Step[] = [
    {
      id: `stop:${server.name}`,
      title: `Stop server ${server.name}`,
      run: (context) => runtime.containers.stop(server.id, { signal: context.signal }),
    },
    {
      id: `reset:${server.name}`,
      title: `Tell server ${server.name} to forget the other members of etcd`,
      needs: [`stop:${server.name}`],
      run: async (context) => {
        const word = { path: RESET_ETCD_PATH, content: "", mode: 0o600, description: "reset" };
        await runtime.containers.putArchive(server.id, "/", await packFiles([word]), {
          signal: context.signal,
        });
      },
    },
  ];
  await runSteps(steps, { ...deps, signal, rollback: false });
  return withStopped(observed, server.id);
}

function withStopped(observed: ObservedCluster, id: string): ObservedCluster {
  const stopped = <Node extends NodeView>(node: Node): Node =>
    node.id === id ? { ...node, status: "stopped" } : node;
  const nodes = observed.nodes.map(stopped);
  return {
    ...observed,
    nodes,
    view: { ...observed.view, nodes: observed.view.nodes.map(stopped) },
  };
}

/** Those that the load balancer forwards to, and that have no container. */
export function lostServers(observed: ObservedCluster): string[] {
  const present = new Set(serversOf(observed).flatMap(({ name, info }) => [name, info.hostname]));
  return (observed.loadBalancer?.ports[API_FORWARD] ?? []).filter((name) => !present.has(name));
}

const serversOf = ({ nodes }: ObservedCluster): ObservedNode[] =>
  nodes.filter(({ role }) => role === "server");
