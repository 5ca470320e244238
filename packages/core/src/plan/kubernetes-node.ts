import type { NodeDefinition } from "../model/node-definition.js";

/**
 * Name of the Kubernetes Node that this k3d node will register: its host name
 * in lower case, or what `--node-name` says; none with `--disable-agent`.
 */
export function kubernetesNodeName(
  node: Pick<NodeDefinition, "name" | "role" | "k3sArgs">,
): string | undefined {
  if (node.role !== "server" && node.role !== "agent") return undefined;
  if (node.role === "server" && node.k3sArgs.some((arg) => /^--disable-agent(=true)?$/.test(arg)))
    return undefined;
  return (optionValue(node.k3sArgs, "--node-name") ?? node.name).toLowerCase();
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
