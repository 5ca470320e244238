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
  const address = apiUrl === "" ? "" : ` at ${apiUrl}`;
  return [
    `Cluster ${name} is there${address}. Use it like this:`,
    "",
    ...commands.map((command) => `  ${command}`),
    "",
    `Delete it with: ${bin} cluster delete ${name}`,
  ].join("\n");
}
