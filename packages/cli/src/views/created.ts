import { kubeContextName, type ClusterCreateResult } from "@k3d/core";

/** What to do with a new cluster, for people. */
export function createdText(
  bin: string,
  { cluster, apiUrl, kubeconfig }: ClusterCreateResult,
): string {
  const { name } = cluster;
  const commands: string[] = [];
  if (!kubeconfig) commands.push(`export KUBECONFIG=$(${bin} kubeconfig write ${name})`);
  else if (!kubeconfig.current)
    commands.push(`kubectl config use-context ${kubeContextName(name)}`);
  commands.push("kubectl cluster-info");
  const { hostIp = "0.0.0.0", port } = cluster.api ?? {};
  const isOpen = port !== undefined && (hostIp === "0.0.0.0" || hostIp === "::");
  const address = apiUrl === "" ? "" : ` at ${apiUrl}`;
  return [
    `Cluster ${name} is there${address}. Use it like this:`,
    "",
    ...commands.map((command) => `  ${command}`),
    "",
    ...(isOpen
      ? [`The API listens on all addresses; narrow it with: --api-port 127.0.0.1:${port}`, ""]
      : []),
    `Delete it with: ${bin} cluster delete ${name}`,
  ].join("\n");
}
