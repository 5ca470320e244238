import {
  isEveryAddress,
  kubeContextName,
  registryViews,
  type ClusterCreateResult,
  type NodeView,
} from "@k3d/core";
import { formatElapsed } from "@k3d/plugin-kit";
import { bracketed, isApi } from "./ports.js";

/** What one needs of a new cluster, for people: where it is, what is published, what to do next. */
export function createdText(
  bin: string,
  { cluster, apiUrl, kubeconfig }: ClusterCreateResult,
  elapsedMs?: number,
  tunnelled = false,
): string {
  const { name, nodes } = cluster;
  const host = hostOf(apiUrl);
  const took = elapsedMs === undefined ? "" : ` after ${formatElapsed(elapsedMs)}`;
  const facts: [string, string][] = [];
  if (apiUrl !== "") facts.push(["API", apiUrl]);
  if (kubeconfig) facts.push(["Context", contextText(kubeconfig)]);
  const published = publishedUrls(nodes, host);
  for (const [index, url] of published.entries()) facts.push([index === 0 ? "Ports" : "", url]);
  for (const { hostPort, proxies, name: registry, tls } of registryViews(nodes)) {
    if (hostPort === undefined || proxies !== undefined) continue;
    facts.push(["Registry", `${registry}, here ${tls ? "https://" : ""}localhost:${hostPort}`]);
    facts.push(["", `docker push localhost:${hostPort}/IMAGE`]);
  }
  const commands: string[] = [];
  if (!kubeconfig) commands.push(`export KUBECONFIG=$(${bin} kubeconfig write ${name})`);
  else if (!kubeconfig.current)
    commands.push(`kubectl config use-context ${kubeContextName(name)}`);
  if (tunnelled) commands.push(`${bin} tunnel ${name}  # leave it running`);
  commands.push("kubectl get nodes");
  const width = Math.max(...facts.map(([label]) => label.length), 0);
  const { hostIp, port } = cluster.api ?? {};
  const isOpen = port !== undefined && isEveryAddress(hostIp);
  return [
    `Cluster ${name} is ready${took}.`,
    "",
    ...facts.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`),
    "",
    "Use it, and delete it when you are done:",
    "",
    ...commands.map((command) => `  ${command}`),
    `  ${bin} cluster delete ${name}`,
    ...(isOpen
      ? ["", "The API listens on all addresses; narrow it with:", `  --api-port 127.0.0.1:${port}`]
      : []),
  ].join("\n");
}

function contextText({ context, current, path }: NonNullable<ClusterCreateResult["kubeconfig"]>) {
  return current ? `${context}, the current one of ${path}` : `${context} in ${path}`;
}

function hostOf(url: string): string {
  const host = URL.parse(url)?.hostname ?? "localhost";
  return host === "127.0.0.1" || host === "[::1]" ? "localhost" : host;
}

/** Names of the protocols that well-known ports speak. */
const SCHEMES: Readonly<Record<number, string>> = {
  80: "http://",
  443: "https://",
  8080: "http://",
};

/** The published ports, the API's left out: `http://localhost:8080 -> 80`. */
function publishedUrls(nodes: readonly NodeView[], host: string): string[] {
  const all = nodes.flatMap(({ role, ports }) =>
    ports.flatMap((port) => {
      const { hostIp, hostPort, containerPort, protocol } = port;
      if (hostPort === undefined || isApi(port, role) || role === "registry") return [];
      const at =
        hostIp === undefined || /^(?:0\.0\.0\.0|::|)$/.test(hostIp) ? host : bracketed(hostIp);
      const scheme = protocol === "tcp" ? (SCHEMES[containerPort] ?? "") : "";
      const suffix = protocol === "tcp" ? "" : `/${protocol}`;
      return [`${scheme}${at}:${hostPort} -> ${containerPort}${suffix}`];
    }),
  );
  return [...new Set(all)];
}
