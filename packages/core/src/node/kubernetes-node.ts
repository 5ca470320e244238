import type { ContainerInfo } from "../runtime/containers.js";
import type { NodeDefinition } from "./node-definition.js";

/**
 * Name of the Kubernetes Node that this k3d node will register: its host name
 * in lower case, or what `--node-name` or `K3S_NODE_NAME` says; none with
 * `--disable-agent`. It ends with {@link ANY_ID} where k3s adds an id that
 * nobody knows before.
 */
export function kubernetesNodeName(
  node: Pick<NodeDefinition, "name" | "role" | "k3sArgs"> & { env?: readonly string[] },
): string | undefined {
  if (node.role !== "server" && node.role !== "agent") return undefined;
  if (node.role === "server" && node.k3sArgs.some((arg) => /^--disable-agent(=true)?$/.test(arg)))
    return undefined;
  const variable = node.env?.findLast((entry) => entry.startsWith("K3S_NODE_NAME="));
  const name =
    optionValue(node.k3sArgs, "--node-name") ?? (variable?.split("=", 2)[1] || node.name);
  const hasId = node.k3sArgs.some((arg) => /^--with-node-id(=true)?$/.test(arg));
  return `${name.toLowerCase()}${hasId ? ANY_ID : ""}`;
}

/**
 * As {@link kubernetesNodeName}, for a container that is there: somebody may have given it another name,
 * and the kubelet goes by its host name, which stays.
 */
export function registeredName(
  role: NodeDefinition["role"],
  { name, spec }: Pick<ContainerInfo, "name" | "spec">,
): string | undefined {
  const { args = [], env } = spec.process;
  return kubernetesNodeName({ name: spec.hostname ?? name, role, k3sArgs: args, env });
}

/** Stands for what `--with-node-id` adds to a name. */
const ANY_ID = "-*";

/** Whether a Node is the one that was expected. */
export function isKubernetesNode(expected: string, actual: string): boolean {
  if (!expected.endsWith(ANY_ID)) return actual === expected;
  const stem = expected.slice(0, -1);
  return actual.startsWith(stem) && /^[0-9a-f]+$/.test(actual.slice(stem.length));
}

/** The value of the last `--name value` or `--name=value`. */
export function optionValue(args: readonly string[], name: string): string | undefined {
  let found: string | undefined;
  for (const [position, arg] of args.entries()) {
    if (arg === name) found = args[position + 1];
    else if (arg.startsWith(`${name}=`)) found = arg.slice(name.length + 1);
  }
  return found;
}
