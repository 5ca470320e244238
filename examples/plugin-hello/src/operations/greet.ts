import {
  K3dError,
  runSteps,
  type Collaborators,
  type K3dServices,
  type OperationOptions,
  type Step,
} from "@k3d/core";

/** Where a node keeps its greeting. */
export const GREETING_FILE = "/var/lib/k3d-hello";

export interface Greeting {
  cluster: string;
  message: string;
  /** Names of the nodes that have it. */
  nodes: string[];
}

/**
 * Leaves a message on every running node of a cluster, all at once. When one of them cannot take
 * it, none keeps it.
 *
 * @throws K3dError `NOT_FOUND` when there is no such cluster, `INVALID_INPUT` when none of its nodes runs
 */
export async function greet(
  name: string,
  message: string,
  { clusters, collaborators }: Pick<K3dServices, "clusters" | "collaborators">,
  { signal }: OperationOptions = {},
): Promise<Greeting> {
  const cluster = await clusters.get(name, { signal });
  const nodes = cluster.nodes
    .filter(({ role, status }) => (role === "server" || role === "agent") && status === "running")
    .map((node) => node.name);
  if (nodes.length === 0) {
    throw new K3dError("INVALID_INPUT", `No node of cluster ${name} runs`, {
      hint: `Start it with: k3d cluster start ${name}`,
    });
  }
  await runSteps(
    nodes.map((node) => greetNode(node, message, collaborators)),
    { ...collaborators, signal },
  );
  return { cluster: name, message, nodes };
}

function greetNode(node: string, message: string, { runtime }: Collaborators): Step {
  const run = async (args: string[], signal: AbortSignal): Promise<void> => {
    const running = await runtime.containers.exec(node, { args, signal });
    running.stdout.resume();
    running.stderr.resume();
    const exitCode = await running.exitCode;
    if (exitCode === 0) return;
    throw new K3dError("COMMAND_FAILED", `Node ${node} cannot keep a greeting`, {
      details: { args, exitCode },
    });
  };
  return {
    id: `greet:${node}`,
    title: `Greet ${node}`,
    run: ({ signal }) =>
      // The message is an argument, not a part of the script.
      run(["sh", "-c", `printf '%s\\n' "$1" > ${GREETING_FILE}`, "sh", message], signal),
    undo: ({ signal }) => run(["rm", "-f", GREETING_FILE], signal),
  };
}
